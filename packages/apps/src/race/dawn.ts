import { createRequire } from "node:module";
import { pollHot, waitGently } from "@convscope/kernels";

/**
 * Puts WebGPU where libraries for browsers look for it: the Dawn that our kernels run on.
 * @param polling as it is shipped; or gently, as our own device waits: Dawn's polling then backs off where nothing was
 *   handed to the device just now
 */
export function offerWebgpu(polling: "shipped" | "gently"): void {
  // Mesa writes a complaint to standard error when this is not set.
  process.env.XDG_RUNTIME_DIR ??= "/tmp";
  const kernels = createRequire(createRequire(import.meta.url).resolve("@convscope/kernels"));
  const { create, globals } = kernels("webgpu") as {
    create(flags: string[]): GPU;
    globals: Record<string, unknown>;
  };
  Object.assign(globalThis, globals);
  const navigator = { gpu: create([]), userAgent: `Node.js/${process.versions.node}` };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  if (polling === "gently") {
    waitGently();
    pollHotAfter(GPUQueue.prototype, "submit");
    pollHotAfter(GPUBuffer.prototype, "mapAsync");
  }
}

function pollHotAfter<Name extends string>(
  target: { [name in Name]: (...args: never[]) => unknown },
  name: Name,
): void {
  const method: (...args: never[]) => unknown = target[name];
  target[name] = function (this: unknown, ...args: never[]) {
    pollHot();
    return method.apply(this, args);
  };
}
