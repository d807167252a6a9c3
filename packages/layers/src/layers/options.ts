import type { LayerOptions, Shape } from "../layer.ts";

export type PaddingName = "valid" | "same";

/** What layers of pictures have in common. */
export interface PictureLayerOptions extends LayerOptions {
  /** The order of a picture's dimensions: rows, columns, channels. There is no other. */
  readonly dataFormat?: "channelsLast";
}

/** @throws for a padding that is neither of the two */
export function checkPadding(layer: string, padding: string): PaddingName {
  if (padding === "valid" || padding === "same") return padding;
  throw new Error(`[${layer}] padding must be "valid" or "same", got ${JSON.stringify(padding)}.`);
}

/** @throws for `channelsFirst`, and whatever else is not `channelsLast` */
export function checkDataFormat(
  layer: string,
  { dataFormat }: { readonly dataFormat?: string | null },
): void {
  if ([undefined, null, "channelsLast", "channels_last"].includes(dataFormat)) return;
  throw new Error(
    `[${layer}] dataFormat ${JSON.stringify(dataFormat)} is not supported: pictures are "channelsLast", (rows, columns, channels).`,
  );
}

/** A number for both directions, or one for each (rows, columns). @throws where they are not whole and positive */
export function pair(
  layer: string,
  name: string,
  value: number | readonly [number, number],
): readonly [number, number] {
  const both = typeof value === "number" ? ([value, value] as const) : value;
  if (!Array.isArray(both) || both.length !== 2 || both.some((side) => !Number.isInteger(side) || side < 1)) {
    throw new Error(
      `[${layer}] ${name} must be a whole number of at least 1, or two of them, got ${JSON.stringify(value)}.`,
    );
  }
  return [both[0], both[1]];
}

/**
 * The shape of a result where rows or columns of the input may be open: those of the result are open too.
 * @param standIn rows and columns that are enough for a result
 */
export function pictureResult(
  [rows, columns, channels]: readonly [number | null, number | null, number],
  standIn: readonly [number, number],
  compute: (inputShape: number[]) => readonly number[],
): Shape {
  const shape = compute([rows ?? standIn[0], columns ?? standIn[1], channels]);
  return [rows && shape[0], columns && shape[1], shape[2]];
}
