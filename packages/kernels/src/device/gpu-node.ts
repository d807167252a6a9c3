/** WebGPU in Node: Dawn, through npm `webgpu`. The browser's twin is gpu-browser.ts. */
import { createRequire } from "node:module";
import { waitGently } from "./gentle-polling.ts";

let gpu: GPU | undefined;

/**
 * The WebGPU entry point. Dawn is loaded at the first call, and its object is kept for good: dropped, `mapAsync`
 * would never resolve.
 * @throws where Dawn has no binary for this platform
 */
export function openGpu(): GPU {
  if (gpu) return gpu;
  // Mesa writes a complaint to standard error when this is not set.
  process.env.XDG_RUNTIME_DIR ??= "/tmp";
  waitGently();
  const { create, globals } = createRequire(import.meta.url)("webgpu") as typeof import("webgpu");
  Object.assign(globalThis, globals);
  gpu = create([]);
  return gpu;
}

/** What to do on a machine on which no adapter is found. */
export const noAdapterAdvice =
  "On Linux without a GPU, Mesa's software Vulkan driver is enough: run `npm start` (or `npm test`) once, which installs it.";
