/**
 * Numbers and shapes as Python prints them. JavaScript's `toFixed` rounds a tie up, Python's `%f` to the even digit:
 * `"%.0f" % 2.5` is 2, and `"%.4f" % 0.03125` is 0.0312.
 */

/** `%.{digits}f`: `digits` decimals, ties to even. For |value| below 1e15 and up to 6 decimals. */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  // A tie is half of the last decimal, exactly. Such a number has at most digits + 1 binary places, so that both
  // products below are exact for it.
  const halves = size * 2 * 10 ** digits;
  const isTie = Number.isInteger(size * 2 ** (digits + 1)) && halves % 2 === 1;
  const lower = (halves - 1) / 2;
  return sign + (isTie ? ((lower + (lower % 2)) / 10 ** digits).toFixed(digits) : size.toFixed(digits));
}

/** `%.{digits}e`: an exponent of at least two digits, as in `1.2345e-05`. */
export function formatExponential(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  return value.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");
}

function formatNonFinite(value: number): string {
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

/** A shape as Python prints a tuple: `(None, 148, 148, 32)`, `(None,)`. */
export function formatTuple(shape: readonly (number | null)[]): string {
  const sizes = shape.map((size) => size ?? "None");
  return sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(", ")})`;
}
