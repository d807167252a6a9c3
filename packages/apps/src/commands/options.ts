import { InvalidArgumentError } from "commander";

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range =
    most === Number.MAX_SAFE_INTEGER
      ? `of at least ${least}`
      : `from ${least} to ${most.toLocaleString("en")}`;
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number ${range}.`);
  };
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Give a number above 0.");
}

/** The name of a folder. */
export function folderName(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("Name a folder.");
}

/** Another one of several folders. */
export const folderNames = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  folderName(text),
];

/** The name of a file. */
export function fileName(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("Name a file.");
}

/** A hash, as `sha256sum` prints it. */
export function sha256(text: string): string {
  if (/^[\da-f]{64}$/i.test(text)) return text;
  throw new InvalidArgumentError("Give 64 hexadecimal digits.");
}

/** The sizes of a shape: `20,37,37,256`. */
export function shape(text: string): number[] {
  const sizes = text.split(",").map(Number);
  if (/^\d+(,\d+)*$/.test(text) && sizes.every((size) => size >= 1 && Number.isSafeInteger(size)))
    return sizes;
  throw new InvalidArgumentError("Give whole numbers of at least 1, with commas: 20,37,37,256.");
}

/** Height and width: one number for both, or two with a comma. */
export function heightAndWidth(text: string): [number, number] {
  const sizes = /^\d+(,\d+)?$/.test(text) ? text.split(",").map(Number) : [];
  const [height = 0, width = height] = sizes;
  if (height >= 1 && width >= 1) return [height, width];
  throw new InvalidArgumentError("Give a whole number of at least 1, or two with a comma: height,width.");
}

/** A number, as it may be written in JSON. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("Give a number.");
}

/** A number from 0 on. */
export function amount(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError("Give a number of at least 0.");
}

/** Two numbers with a comma, the smaller one first: `0.5,1.5`. */
export function range(text: string): [low: number, high: number] {
  const values = numbers(text);
  if (values?.length === 2 && values[0] <= values[1]) return [values[0], values[1]];
  throw new InvalidArgumentError("Give two numbers with a comma, the smaller one first: 0.5,1.5.");
}

/** A range of zooms: a number z for 1 - z to 1 + z, or two. */
export const zoomRange = (text: string): number | [low: number, high: number] =>
  text.includes(",") ? range(text) : amount(text);

/** A range of shifts: a fraction or whole pixels, `5.5px` for pixels, or numbers to choose from. */
export function shiftRange(text: string): number | { readonly pixels: number } | readonly number[] {
  if (text.endsWith("px")) return { pixels: amount(text.slice(0, -2)) };
  if (!text.includes(",")) return amount(text);
  const values = numbers(text);
  if (values) return values;
  throw new InvalidArgumentError("Give a number, pixels as 5.5px, or numbers with commas.");
}

function numbers(text: string): number[] | undefined {
  const parts = text.split(",");
  return parts.every((part) => part.trim() !== "" && Number.isFinite(Number(part)))
    ? parts.map(Number)
    : undefined;
}
