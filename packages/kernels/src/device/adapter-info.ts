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
  /**
   * Whether its subgroups, all of one size, multiply 16×16 matrices of f16 and sum them in f32. Asked for with mixed
   * precision alone; else false.
   */
  readonly hasMatrices: boolean;
}

/** What Dawn says of matrices where its feature `chromium-experimental-subgroup-matrix` is there: one of the kinds. */
interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software|microsoft basic render|warp/i;

/** Reads a WebGPU adapter's description. */
export function describeAdapter(
  info: GPUAdapterInfo & { readonly subgroupMatrixConfigs?: readonly MatrixConfig[] },
): AdapterInfo {
  const configs = info.subgroupMatrixConfigs ?? [];
  const isWanted = ({ componentType, resultComponentType, M, N, K }: MatrixConfig) =>
    componentType === "f16" && resultComponentType === "f32" && M === 16 && N === 16 && K === 16;
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
    hasMatrices: info.subgroupMinSize === info.subgroupMaxSize && [...configs].some(isWanted),
  };
}
