import type { Shape } from "../layer.ts";
import { getLoss, type Loss, targetShapeOf } from "../losses.ts";
import { getMetric, type NamedMetric } from "../metrics.ts";
import { checkNumber } from "../options.ts";
import type { CompileOptions, LossIdentifier, MetricIdentifier } from "./options.ts";

/** What was asked for an output when the model was compiled. */
export interface GoalSettings {
  readonly output: string;
  readonly loss: Loss;
  /** By what the loss is multiplied. */
  readonly weight: number;
  readonly metrics: readonly MetricIdentifier[];
}

/** What an output is trained towards, and measured by. */
export interface Goal extends Omit<GoalSettings, "metrics"> {
  readonly metrics: readonly NamedMetric[];
  /** The shape of a target, where the loss wants one. */
  readonly targetShape: Shape | undefined;
}

/** Sorts the options of `compile` by output. @throws for what is unknown, or for no output */
export function goalSettings(options: CompileOptions, outputs: readonly string[]): GoalSettings[] {
  const losses = forOutputs<LossIdentifier>("loss", options.loss, outputs);
  const weights = forOutputs<number>("lossWeights", options.lossWeights ?? [], outputs);
  const metrics = metricsFor(options.metrics ?? [], outputs);
  return outputs.map((output, i) => {
    const given = losses[i];
    if (given === undefined) {
      throw new Error(
        `[compile] there is no loss for the output "${output}": give one, or leave the output out of the model.`,
      );
    }
    const loss = getLoss(given);
    for (const metric of metrics[i]) getMetric(metric, [1], loss);
    const weight = checkNumber("compile", "lossWeights", weights[i] ?? 1, 0);
    return { output, loss, weight, metrics: metrics[i] };
  });
}

/** The goal of an output whose shape is known. */
export function goalOf({ metrics, ...settings }: GoalSettings, outputShape: Shape): Goal {
  return {
    ...settings,
    metrics: metrics.map((metric) => getMetric(metric, outputShape, settings.loss)),
    targetShape: targetShapeOf(settings.loss, outputShape),
  };
}

/** Keras's names of what a step tells: the loss; where there are several outputs each one's; the metrics. */
export function resultNames(goals: readonly GoalSettings[]): string[] {
  const isOne = goals.length === 1;
  const prefix = ({ output }: GoalSettings) => (isOne ? "" : `${output}_`);
  const losses = isOne ? [] : goals.map((goal) => `${prefix(goal)}loss`);
  const metrics = goals.flatMap((goal) => goal.metrics.map((metric) => prefix(goal) + nameOf(metric)));
  const names = ["loss", ...losses, ...metrics];
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice) {
    throw new Error(`[compile] the name "${twice}" is used 2 times: the metrics need names of their own.`);
  }
  return names;
}

const nameOf = (metric: MetricIdentifier) => (typeof metric === "string" ? metric : metric.name);

/** An option's value for each output: one for all, or in order, or by name. */
function forOutputs<T>(
  option: string,
  given: T | readonly T[] | Readonly<Record<string, T>>,
  outputs: readonly string[],
): readonly (T | undefined)[] {
  if (Array.isArray(given)) {
    if (given.length === outputs.length || (given.length === 0 && option !== "loss")) return given;
    throw new Error(
      `When passing a list as ${option}, it should have one entry per model outputs. ` +
        `The model has ${outputs.length} outputs, but you passed ${given.length}.`,
    );
  }
  if (typeof given !== "object" || given === null) return outputs.map(() => given as T);
  const unknown = Object.keys(given).find((name) => !outputs.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `Unknown entry in ${option} dictionary: "${unknown}". Only expected the following keys: ${outputs.join(", ")}`,
    );
  }
  return outputs.map((name) => (given as Readonly<Record<string, T>>)[name]);
}

function metricsFor(
  given: NonNullable<CompileOptions["metrics"]>,
  outputs: readonly string[],
): readonly MetricIdentifier[][] {
  if (typeof given !== "object") {
    throw new Error(
      `Type of \`metrics\` argument not understood. Expected a list or dictionary, found: ${JSON.stringify(given)}`,
    );
  }
  const isForAll = Array.isArray(given) && !given.some(Array.isArray);
  const each = isForAll
    ? outputs.map(() => given as readonly MetricIdentifier[])
    : forOutputs<MetricIdentifier | readonly MetricIdentifier[]>("metrics", given, outputs);
  return each.map((metrics) => [metrics ?? []].flat());
}
