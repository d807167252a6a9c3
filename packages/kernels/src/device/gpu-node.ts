/** WebGPU in Node: Dawn, through npm `webgpu`. The browser's twin is gpu-browser.ts. */
import { createRequire } from "node:module";
import { waitGently } from "./gentle-polling.ts";

const opened: { plain?: GPU; experimental?: GPU } = {};

/**
 * The WebGPU entry point. Dawn is loaded at the first call, and its object is kept for good: dropped, `mapAsync`
 * would never resolve.
 * @param isExperimental whether Dawn is to offer what is not part of WebGPU yet, such as subgroup matrices
 * @throws where Dawn has no binary for this platform
 */
export function openGpu(isExperimental = false): GPU {
  const kind = isExperimental ? "experimental" : "plain";
  const known = opened[kind];
  if (known) return known;
  // Mesa writes a complaint to standard error when this is not set.
  process.env.XDG_RUNTIME_DIR ??= "/tmp";
  waitGently();
  const { create, globals } = createRequire(import.meta.url)("webgpu") as typeof import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create(isExperimental ? ["enable-dawn-features=allow_unsafe_apis"] : []);
  opened[kind] = gpu;
  return gpu;
}

/** What to do on a machine on which no adapter is found. */
export const noAdapterAdvice =
  "On Linux without a GPU, Mesa's software Vulkan driver is enough: run `npm start` (or `npm test`) once, which installs it.";
