/** The names of an option type, each said once; the compiler sees to it that none is left out. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/** Options that Keras has and that are not here. Keras's own default for them, none, is taken. */
const notSupported: ReadonlySet<string> = new Set([
  "activityRegularizer",
  "batchSize",
  "betaConstraint",
  "betaRegularizer",
  "biasConstraint",
  "biasRegularizer",
  "depthwiseConstraint",
  "dtype",
  "gammaConstraint",
  "gammaRegularizer",
  "kernelConstraint",
  "kernelRegularizer",
  "maxQueueSize",
  "noiseShape",
  "pointwiseConstraint",
  "sampleWeightMode",
  "targetTensors",
  "useMultiprocessing",
  "weightedMetrics",
  "weights",
  "workers",
]);

const letters = (name: string) => name.replaceAll("_", "").toLowerCase();

/**
 * An option that is not known is an error, and never silently ignored: it may be a typo, or an option of Keras that
 * is not here, and the result would be another one than was asked for.
 * @param where the layer or function, for messages
 * @throws for what is no object, or has an unknown name
 */
export function checkOptions<Options extends object>(
  where: string,
  options: Options,
  names: OptionNames<Options>,
): Options {
  const known = Object.keys(names);
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new Error(
      `[${where}] takes its options in one object, ({ ${known[0]}: … }), got ${JSON.stringify(options) ?? "nothing"}.`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (Object.hasOwn(names, name)) continue;
    const meant = known.find((other) => letters(other) === letters(name));
    if (!meant && notSupported.has(name)) {
      if (value === undefined || value === null) continue;
      throw new Error(`[${where}] the option ${name} is not supported: leave it out.`);
    }
    const near = meant ?? known.find((other) => other.startsWith(name) || name.startsWith(other));
    const hint = near ? `Did you mean ${near}?` : `Known: ${known.join(", ")}.`;
    throw new Error(`[${where}] Keyword argument not understood: ${name}. ${hint}`);
  }
  return options;
}

/** @throws for what is no finite number, or below `least` */
export function checkNumber(
  where: string,
  name: string,
  value: number,
  least = Number.NEGATIVE_INFINITY,
): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= least) return value;
  const bound = least === Number.NEGATIVE_INFINITY ? "" : ` of at least ${least}`;
  throw new Error(
    `[${where}] ${name} must be a number${bound}, got ${typeof value === "string" ? JSON.stringify(value) : value}.`,
  );
}

/** @throws for what is none of the choices */
export function checkChoice<Choice extends string>(
  where: string,
  name: string,
  value: Choice,
  choices: readonly Choice[],
): Choice {
  if (choices.includes(value)) return value;
  throw new Error(`[${where}] ${name} must be one of ${choices.join(", ")}, got ${JSON.stringify(value)}.`);
}

/** @throws where a number of things is none */
export function checkCount(where: string, name: string, value: number, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new Error(`[${where}] ${name} must be a whole number of at least ${least}, got ${value}.`);
  }
  return value;
}
