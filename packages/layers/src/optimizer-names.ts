/** Optimizers by their names, and from configurations. */
import { Adadelta, Adagrad, Adamax, Nadam } from "./further-optimizers.ts";
import { Adam, Optimizer, RMSprop, SGD } from "./optimizers.ts";
import { inCamelCase } from "./serialized.ts";

const byName = {
  rmsprop: RMSprop,
  sgd: SGD,
  adam: Adam,
  adagrad: Adagrad,
  adadelta: Adadelta,
  adamax: Adamax,
  nadam: Nadam,
} as const;
export type OptimizerName = keyof typeof byName;

/** @throws for an unknown name */
export function getOptimizer(optimizer: OptimizerName | (string & {}) | Optimizer): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  if (typeof optimizer !== "string") {
    throw new Error(
      `Could not interpret optimizer identifier: ${JSON.stringify(optimizer)}. Give a name or an optimizer.`,
    );
  }
  const name = optimizer.toLowerCase();
  if (Object.hasOwn(byName, name)) return new byName[name as OptimizerName]();
  throw new Error(`Unknown optimizer: ${optimizer}. Known: ${Object.keys(byName).join(", ")}.`);
}

/** The options of each that a configuration may hold, by Keras's names. */
const options: Readonly<Record<OptimizerName, { numbers: readonly string[]; flags?: readonly string[] }>> = {
  rmsprop: { numbers: ["decay", "rho", "epsilon", "momentum"], flags: ["centered"] },
  sgd: { numbers: ["decay", "momentum"], flags: ["nesterov"] },
  adam: { numbers: ["decay", "beta_1", "beta_2", "epsilon"], flags: ["amsgrad"] },
  adagrad: { numbers: ["decay", "epsilon", "initial_accumulator_value"] },
  adadelta: { numbers: ["decay", "rho", "epsilon"] },
  adamax: { numbers: ["decay", "beta_1", "beta_2", "epsilon"] },
  nadam: { numbers: ["beta_1", "beta_2", "epsilon", "schedule_decay"] },
};

/** What names an optimizer, or has no effect on what it computes. */
const withoutEffect = ["name", "jit_compile", "is_legacy_optimizer", "ema_momentum", "loss_scale_factor"];

/**
 * An optimizer from its configuration, of Keras 2, tf.keras or Keras 3.
 * @throws for one that is not there, and for an option that would change what it computes
 */
export function optimizerFromConfig(className: string, config: Readonly<Record<string, unknown>>): Optimizer {
  const name = className.toLowerCase() as OptimizerName;
  if (!Object.hasOwn(byName, name)) {
    const known = Object.values(byName).map(({ name }) => name);
    throw new Error(`the optimizer ${className} is not supported. Supported: ${known.join(", ")}.`);
  }
  const read = new Map(Object.entries(config).filter(([, value]) => value !== null && value !== undefined));
  const take = (key: string): unknown => {
    const value = read.get(key);
    read.delete(key);
    return value;
  };
  if (name === "nadam" && !read.has("schedule_decay")) {
    // Keras 3 has a schedule that is none of its options; tf.keras until 2.10 called the option decay.
    read.set("schedule_decay", take("decay") ?? 1);
  }
  if (read.has("name")) readLimits(className, read);
  const { numbers, flags = [] } = options[name];
  const given: Record<string, number | boolean> = {};
  for (const key of ["lr", "learning_rate", "clipnorm", "clipvalue", ...numbers]) {
    const value = take(key);
    if (value === undefined) continue;
    if (typeof value !== "number") {
      throw new Error(`${className}'s ${key} is ${JSON.stringify(value)}, not a number.`);
    }
    given[key === "lr" ? "learningRate" : inCamelCase(key)] = value;
  }
  for (const key of flags) {
    const value = take(key);
    if (value !== undefined) given[key] = value === true;
  }
  for (const key of withoutEffect) take(key);
  if (!read.get("use_ema")) take("ema_overwrite_frequency");
  const other = [...read].find(([, value]) => value !== 0 && value !== false);
  if (other) throw new Error(`${className}'s ${other[0]} = ${JSON.stringify(other[1])} is not supported.`);
  return new byName[name](given);
}

/**
 * What tf.keras and Keras 3, which write a name, mean by the limits of gradients, in Keras 2's terms.
 * @throws for what Keras 2 does not have
 */
function readLimits(className: string, config: Map<string, unknown>): void {
  const { clipnorm, clipvalue, global_clipnorm } = Object.fromEntries(config);
  if (clipnorm) {
    throw new Error(
      `${className}'s clipnorm = ${JSON.stringify(clipnorm)} is not supported: in tf.keras and Keras 3 it is each gradient's own norm, and here that of all gradients, their global_clipnorm.`,
    );
  }
  if (!global_clipnorm) return;
  if (clipvalue) {
    throw new Error(
      `${className}'s clipvalue beside global_clipnorm is not supported: tf.keras clips by the value first, and Keras 2, as here, by the norm.`,
    );
  }
  config.delete("global_clipnorm");
  config.set("clipnorm", global_clipnorm);
}
