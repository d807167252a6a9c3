import type { Transform } from "../types.ts";
import { radiansToDegrees } from "./affine.ts";
import { choose, type RandomSource } from "./random-source.ts";

/**
 * How far a picture is shifted along one axis. JavaScript cannot tell Keras's `2` from `2.0`, so what Keras decides by the
 * type is decided by the value:
 * - a number below 1: up to this fraction of the axis, continuous;
 * - a whole number n: Python's int: one of 0 … n − 1 pixels, then its sign (so 1 is always 0);
 * - another number from 1 on: up to so many pixels, continuous;
 * - `{ pixels }`: up to so many pixels, continuous: what Keras's `2.0` is;
 * - a list: one of its numbers, then its sign; fractions of the axis where the largest is below 1, else pixels.
 */
export type ShiftRange = number | { readonly pixels: number } | readonly number[];

/** What transforms are drawn from: options of a generator, as they hold. */
export interface TransformRanges {
  readonly rotationRange: number;
  readonly heightShiftRange: ShiftRange;
  readonly widthShiftRange: ShiftRange;
  readonly shearRange: number;
  readonly shearUnit: "degrees" | "radians";
  readonly zoomRange: readonly [low: number, high: number];
  readonly horizontalFlip: boolean;
  readonly verticalFlip: boolean;
  readonly channelShiftRange: number;
  readonly brightnessRange?: readonly [low: number, high: number];
}

/**
 * Draws a transform: Keras's `get_random_transform`, with its order and number of draws.
 * @param size of the picture, in pixels
 */
export function drawTransform(
  ranges: TransformRanges,
  size: { readonly height: number; readonly width: number },
  random: RandomSource,
): Transform {
  const around = (range: number) => (range === 0 ? 0 : random.uniform(-range, range));
  const theta = around(ranges.rotationRange);
  const tx = drawShift(ranges.heightShiftRange, size.height, random);
  const ty = drawShift(ranges.widthShiftRange, size.width, random);
  const shear = around(ranges.shearRange);
  const [low, high] = ranges.zoomRange;
  const isZoomed = low !== 1 || high !== 1;
  const zx = isZoomed ? random.uniform(low, high) : 1;
  const zy = isZoomed ? random.uniform(low, high) : 1;
  // Drawn even where there are no flips.
  const isLeftRight = random.randomSample() < 0.5;
  const isUpDown = random.randomSample() < 0.5;
  return {
    theta,
    tx,
    ty,
    shear: ranges.shearUnit === "radians" ? radiansToDegrees(shear) : shear,
    zx,
    zy,
    flipHorizontal: isLeftRight && ranges.horizontalFlip,
    flipVertical: isUpDown && ranges.verticalFlip,
    ...(ranges.channelShiftRange === 0 ? {} : { channelShiftIntensity: around(ranges.channelShiftRange) }),
    ...(ranges.brightnessRange === undefined
      ? {}
      : { brightness: random.uniform(...ranges.brightnessRange) }),
  };
}

/** Whether the ranges leave every picture as it is. */
export function changesNothing(ranges: TransformRanges): boolean {
  return (
    ranges.rotationRange === 0 &&
    isNoShift(ranges.heightShiftRange) &&
    isNoShift(ranges.widthShiftRange) &&
    ranges.shearRange === 0 &&
    ranges.zoomRange.every((zoom) => zoom === 1) &&
    !ranges.horizontalFlip &&
    !ranges.verticalFlip &&
    ranges.channelShiftRange === 0 &&
    ranges.brightnessRange === undefined
  );
}

const isNoShift = (range: ShiftRange): boolean =>
  range === 0 || (Array.isArray(range) ? range.length === 0 : (range as { pixels?: number }).pixels === 0);

/** In pixels. */
function drawShift(range: ShiftRange, length: number, random: RandomSource): number {
  if (isNoShift(range)) return 0;
  if (typeof range === "number") {
    if (Number.isInteger(range) && range > 0) return signed(random.randint(0, range), random);
    const shift = random.uniform(-range, range);
    return range < 1 ? shift * length : shift;
  }
  if ("pixels" in range) return random.uniform(-range.pixels, range.pixels);
  const shift = signed(choose(random, range), random);
  return Math.max(...range) < 1 ? shift * length : shift;
}

/** With a random sign; 0 without, so that it is the same as JSON. */
const signed = (value: number, random: RandomSource): number => value * choose(random, [-1, 1]) + 0;
