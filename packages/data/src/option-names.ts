/** The names of an option type, each said once; the compiler sees to it that none is left out. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

const letters = (name: string) => name.replaceAll("_", "").toLowerCase();

/**
 * An option that is not known is an error, and never silently ignored: `rotation_range` is Keras's name, not ours.
 * @param where the function that the message names
 * @throws for what is no object, or has an unknown name
 */
export function checkNames<Options extends object>(
  where: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  const known = Object.keys(names);
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new Error(
      `[${where}] takes its options in one object, ({ ${known[0]}: … }), got ${JSON.stringify(options)}.`,
    );
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
  if (unknown === undefined) return;
  const near =
    known.find((other) => letters(other) === letters(unknown)) ??
    known.find((other) => other.startsWith(unknown) || unknown.startsWith(other));
  const hint = near ? `Did you mean ${near}?` : `Known: ${known.join(", ")}.`;
  throw new Error(`[${where}] Keyword argument not understood: ${unknown}. ${hint}`);
}
