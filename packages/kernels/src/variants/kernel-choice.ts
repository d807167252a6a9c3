/**
 * The ways in which a pass of an op can be computed, the plainest first. The names are those in the kernels' file names;
 * the ops' READMEs say what each is about.
 */
export const variantNames = [
  "naive",
  "registers",
  "subgroups",
  "winograd",
  "tiles",
  "half-tiles",
  "matrices",
] as const;
export type VariantName = (typeof variantNames)[number];

/**
 * What the kernels multiply: numbers of float32, or, where a variant for it runs, numbers rounded to float16. Tensors and
 * sums are float32 in both.
 */
export const precisions = ["float32", "mixed"] as const;
export type Precision = (typeof precisions)[number];

/** The variants that multiply rounded numbers: they want mixed precision. */
export const mixedVariantNames: readonly VariantName[] = ["half-tiles", "matrices"];

/**
 * Which variant of each pass runs: `auto`, the fastest known for this class of device; `tuned`, the fastest that was
 * measured on this very device, and `auto` for what was not measured; or one by name, and where a pass does not have it,
 * or it cannot take the sizes, the next plainer one.
 */
export const kernelChoices = ["auto", "tuned", ...variantNames] as const;
export type KernelChoice = (typeof kernelChoices)[number];
