import type { DataFormat } from "./recipe.ts";
import type { Layout } from "./warp.ts";

/** Which axes of a picture's array are which; default those of `channelsLast`. */
export interface PictureAxes {
  /** Sets all three axes. */
  readonly dataFormat?: DataFormat;
  readonly rowAxis?: number;
  readonly colAxis?: number;
  readonly channelAxis?: number;
}

export interface Axes {
  readonly rowAxis: number;
  readonly colAxis: number;
  readonly channelAxis: number;
}

/** The axes as they were given, and where not, those of the data format. */
export function axesOf({ dataFormat = "channelsLast", ...given }: PictureAxes): Axes {
  const first = dataFormat === "channelsFirst";
  const { rowAxis = first ? 1 : 0, colAxis = first ? 2 : 1, channelAxis = first ? 0 : 2 } = given;
  return { rowAxis, colAxis, channelAxis };
}

/** @throws for a shape that is no picture's, and for axes that are not 0, 1 and 2 in some order */
export function layoutOf(where: string, shape: readonly number[], axes: Axes): Layout {
  const { rowAxis, colAxis, channelAxis } = axes;
  if (shape.length !== 3) {
    throw new Error(
      `[${where}] the array has shape [${shape}]; one picture, with rows, columns and channels, was needed.`,
    );
  }
  if ([rowAxis, colAxis, channelAxis].toSorted().join() !== "0,1,2") {
    throw new Error(
      `[${where}] rowAxis, colAxis and channelAxis are ${rowAxis}, ${colAxis} and ${channelAxis}; 0, 1 and 2 in some order were needed.`,
    );
  }
  const strides = [shape[1] * shape[2], shape[2], 1];
  return {
    height: shape[rowAxis],
    width: shape[colAxis],
    channels: shape[channelAxis],
    row: strides[rowAxis],
    column: strides[colAxis],
    channel: strides[channelAxis],
  };
}
