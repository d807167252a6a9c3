import type { NdArray } from "../device/tensor.ts";

/** Calls `visit(index in the joined array, index in the part, which part)` for every element. */
function eachElement(
  shapes: readonly (readonly number[])[],
  axis: number,
  visit: (whole: number, own: number, part: number) => void,
): void {
  const outer = shapes[0].slice(0, axis).reduce((product, size) => product * size, 1);
  const inner = shapes[0].slice(axis + 1).reduce((product, size) => product * size, 1);
  let whole = 0;
  for (let o = 0; o < outer; o++) {
    shapes.forEach((shape, part) => {
      for (let j = 0; j < shape[axis] * inner; j++) visit(whole++, o * shape[axis] * inner + j, part);
    });
  }
}

/** The parts in a row along an axis, element by element. */
export function concatenateReference(parts: readonly NdArray[], axis: number): Float32Array {
  const y = new Float32Array(parts.reduce((sum, { data }) => sum + data.length, 0));
  eachElement(
    parts.map(({ shape }) => shape),
    axis,
    (whole, own, part) => {
      y[whole] = parts[part].data[own];
    },
  );
  return y;
}

/** The pieces of those shapes of what was joined. */
export function splitReference(
  y: Float32Array,
  shapes: readonly (readonly number[])[],
  axis: number,
): Float32Array[] {
  const parts = shapes.map((shape) => new Float32Array(shape.reduce((product, size) => product * size, 1)));
  eachElement(shapes, axis, (whole, own, part) => {
    parts[part][own] = y[whole];
  });
  return parts;
}
