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

/** A float as `str` prints it: as few digits as tell it apart, `0.1`, `1.0`, `1e-05`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

/**
 * `str.format` by name, `weights.{epoch:02d}-{val_loss:.2f}.h5`, for numbers: with a width, zeros before them, a precision, and
 * as `d`, `f` or `e`. `{{` is a brace.
 * @param where what is filled in, for messages
 * @throws for a name that has no value, and for another format
 */
export function formatTemplate(
  where: string,
  template: string,
  integers: Readonly<Record<string, number>>,
  floats: Readonly<Record<string, number>>,
): string {
  return template.replace(/\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}/g, (found, name: string, form = "") => {
    if (found === "{{" || found === "}}") return found[0];
    const isInteger = Object.hasOwn(integers, name);
    if (!isInteger && !Object.hasOwn(floats, name)) {
      const known = [...Object.keys(integers), ...Object.keys(floats)].join(", ");
      throw new Error(
        `[${where}] ${template} asks for ${name || "a value without a name"}: there are ${known}.`,
      );
    }
    const value = isInteger ? integers[name] : floats[name];
    const [, zero, width, digits = "6", kind] = /^(0?)(\d*)(?:\.(\d+))?([dfe]?)$/.exec(form) ?? [];
    if (zero === undefined || (kind === "d" && !isInteger) || (kind === "" && form.includes("."))) {
      throw new Error(
        `[${where}] ${template}: ${found} is no format for a number that is known here: ` +
          `{${name}}, {${name}:.2f}, {${name}:.1e}${isInteger ? `, {${name}:02d}` : ""} are.`,
      );
    }
    const text =
      kind === "f"
        ? formatFixed(value, Number(digits))
        : kind === "e"
          ? formatExponential(value, Number(digits))
          : isInteger
            ? String(value)
            : formatNumber(value);
    if (!zero) return text.padStart(Number(width));
    const sign = text.startsWith("-") ? "-" : "";
    return sign + text.slice(sign.length).padStart(Number(width) - sign.length, "0");
  });
}
