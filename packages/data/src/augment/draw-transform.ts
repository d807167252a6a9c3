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
