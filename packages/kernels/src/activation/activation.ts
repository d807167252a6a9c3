/** The activations that conv2d and dense can apply to a result before they write it. */
export type FusedActivation = "linear" | "relu" | "sigmoid" | "tanh";

/** The value of a kernel's `ACTIVATION` constant. */
export const activationCode: Readonly<Record<FusedActivation, number>> = {
  linear: 0,
  relu: 1,
  sigmoid: 2,
  tanh: 3,
};

/** The activation of one number, for the CPU references. */
export function activateReference(activation: FusedActivation, value: number): number {
  if (activation === "relu") return Math.max(value, 0);
  if (activation === "sigmoid") return 1 / (1 + Math.exp(-value));
  if (activation === "tanh") return Math.tanh(value);
  return value;
}
