export type PaddingName = "valid" | "same";

/** @throws for a padding that is neither of the two */
export function checkPadding(layer: string, padding: string): PaddingName {
  if (padding === "valid" || padding === "same") return padding;
  throw new Error(`[${layer}] padding must be "valid" or "same", got "${padding}".`);
}

/** A number for both directions, or one for each (rows, columns). @throws where they are not whole and positive */
export function pair(
  layer: string,
  name: string,
  value: number | readonly [number, number],
): readonly [number, number] {
  const both = typeof value === "number" ? ([value, value] as const) : value;
  if (both.length !== 2 || both.some((side) => !Number.isInteger(side) || side < 1)) {
    throw new Error(
      `[${layer}] ${name} must be a whole number of at least 1, or two of them, got ${JSON.stringify(value)}.`,
    );
  }
  return both;
}
