/** What is known of the adapter on which everything runs. */
export interface AdapterInfo {
  /** The adapter's own words, as WebGPU normalizes them: `llvmpipe-llvm-15-0-6-256-bits`. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly driver: string;
  /** True where a processor plays the GPU: lavapipe, SwiftShader, WARP. Said in every report. */
  readonly isSoftware: boolean;
  /** Lanes of a subgroup, 0 where the adapter does not say. */
  readonly subgroupSize: number;
}

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software|microsoft basic render|warp/i;

/** Reads a WebGPU adapter's description. */
export function describeAdapter(info: GPUAdapterInfo): AdapterInfo {
  // Dawn makes dashes of brackets, too.
  const device = info.device.replace(/^-+|-+$/g, "");
  const words = [info.vendor, info.architecture, info.device, info.description].join(" ");
  return {
    name: device || info.description || info.architecture || info.vendor || "unnamed adapter",
    vendor: info.vendor || "unknown",
    architecture: info.architecture || "unknown",
    driver: info.description || "unknown",
    isSoftware: Boolean(info.isFallbackAdapter) || SOFTWARE.test(words),
    subgroupSize: info.subgroupMinSize ?? 0,
  };
}
