import { ops, type Tape, type Variable } from "@convscope/autograd";
import { type CurveOptions, type FusedActivation, selu } from "@convscope/kernels";

const curves = {
  elu: { kind: "elu" },
  selu,
  exponential: { kind: "exponential" },
  softplus: { kind: "softplus" },
  softsign: { kind: "softsign" },
  hard_sigmoid: { kind: "hardSigmoid" },
} as const satisfies Readonly<Record<string, CurveOptions>>;
type CurveName = keyof typeof curves;

const known = [
  ...(["linear", "relu", "relu6", "sigmoid", "tanh", "softmax"] as const),
  ...(Object.keys(curves) as CurveName[]),
];
export type ActivationName = (typeof known)[number];

/** @throws for a name that is none of the known ones */
export function checkActivation(name: string): ActivationName {
  const found = known.find((activation) => activation === name);
  if (!found) throw new Error(`Unknown activation function: ${name}. Known: ${known.join(", ")}.`);
  return found;
}

/**
 * What a layer's kernel applies itself as it writes. The others are ops of their own: the losses look for a sigmoid or
 * softmax before them and take its input, the logits.
 */
export function fusedPart(name: ActivationName): FusedActivation {
  return name === "relu" ? "relu" : "linear";
}

/** Records what the kernel did not apply itself. */
export function applyRest(tape: Tape, x: Variable, name: ActivationName): Variable {
  return fusedPart(name) === name ? x : applyActivation(tape, x, name);
}

/** Records an activation as an op of its own. */
export function applyActivation(tape: Tape, x: Variable, name: ActivationName): Variable {
  if (name === "linear") return x;
  if (name === "relu6") return tape.apply(ops.bentRelu, [x], { maxValue: 6 });
  if (isCurve(name)) return tape.apply(ops.curve, [x], curves[name]);
  return tape.apply(ops[name], [x], undefined);
}

const isCurve = (name: ActivationName): name is CurveName => Object.hasOwn(curves, name);
