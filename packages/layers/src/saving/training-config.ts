/** How a model was compiled, to and from Keras's `training_config`. */

import { isJsonObject, type Json, type JsonObject } from "../files/saved-model.ts";
import { lossConfig, lossFromConfig } from "../losses.ts";
import type { GoalSettings } from "../model/goals.ts";
import type { CompileOptions, MetricIdentifier } from "../model/options.ts";
import { optimizerFromConfig } from "../optimizer-names.ts";
import type { Optimizer } from "../optimizers.ts";

/**
 * Keras 2.3.1's `training_config`.
 * @throws for a loss or a metric of one's own, which a file cannot hold
 */
export function trainingConfig(optimizer: Optimizer, goals: readonly GoalSettings[]): JsonObject {
  const isOne = goals.length === 1;
  const losses = goals.map(({ loss }) => lossConfig(loss)) as Json[];
  const metrics = goals.map((goal) => goal.metrics.map(metricName));
  const weights = goals.map(({ weight }) => weight);
  const byOutput = (values: readonly Json[]): JsonObject =>
    Object.fromEntries(goals.map(({ output }, i) => [output, values[i]]));
  return {
    optimizer_config: { class_name: optimizer.className, config: optimizer.getConfig() },
    loss: isOne ? losses[0] : byOutput(losses),
    metrics: isOne ? metrics[0] : byOutput(metrics),
    weighted_metrics: null,
    sample_weight_mode: null,
    loss_weights: weights.every((weight) => weight === 1) ? null : isOne ? weights : byOutput(weights),
  };
}

function metricName(metric: MetricIdentifier): string {
  if (typeof metric === "string") return metric;
  throw new Error(`the metric ${metric.name} is one of one's own and cannot be written to a file`);
}

/**
 * The options of `compile` of a `training_config`.
 * @param exact the optimizer's, where they are known better than to float32
 * @throws for what is not supported
 */
export function compileOptionsOf(config: JsonObject, exact?: Json): CompileOptions {
  const { optimizer_config, loss, metrics, loss_weights } = config;
  const stated = optimizer_config ?? config.optimizer;
  const given = typeof stated === "string" ? { class_name: stated } : stated;
  if (!isJsonObject(given) || typeof given.class_name !== "string") {
    throw new Error(
      `the optimizer ${JSON.stringify(given) ?? "is not said"}${given === undefined ? "" : " is not understood"}.`,
    );
  }
  const settings = isJsonObject(exact) ? exact : isJsonObject(given.config) ? given.config : {};
  return {
    optimizer: optimizerFromConfig(given.class_name, settings),
    loss: each(loss, lossFromConfig) as CompileOptions["loss"],
    ...(loss_weights && { lossWeights: loss_weights as CompileOptions["lossWeights"] }),
    ...(metrics && { metrics: each(metrics, metricOf) as CompileOptions["metrics"] }),
  };
}

/** One value, or one for each output: in order, or by name. */
function each<T>(given: Json | undefined, read: (one: Json) => T): unknown {
  if (Array.isArray(given)) return given.map((one) => each(one, read));
  if (isJsonObject(given) && !("class_name" in given)) {
    return Object.fromEntries(Object.entries(given).map(([name, one]) => [name, each(one, read)]));
  }
  return read(given ?? null);
}

/** A metric's name, also of the objects that tf.keras and Keras 3 write. */
function metricOf(given: Json): string {
  if (typeof given === "string") return given;
  const config = isJsonObject(given) && isJsonObject(given.config) ? given.config : {};
  const { fn, name } = config;
  if (typeof fn === "string") return name === "acc" || name === "accuracy" ? name : fn;
  if (typeof name === "string") return name;
  throw new Error(`the metric ${JSON.stringify(given)} is not understood`);
}
