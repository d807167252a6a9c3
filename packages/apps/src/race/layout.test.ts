import { expect, it } from "vitest";
import {
  filterFirst,
  filterLast,
  picturesFirst,
  picturesLast,
  rowsFirst,
  rowsLast,
  transposed,
} from "./layout.ts";

const counted = (size: number) => Float32Array.from({ length: size }, (_, i) => i);

it("transposes: the value of a place stands where the order of axes puts it", () => {
  const shape = [2, 3, 4];
  const result = transposed(counted(24), shape, [2, 0, 1]); // [4,2,3]
  for (let a = 0; a < 2; a++)
    for (let b = 0; b < 3; b++)
      for (let c = 0; c < 4; c++) expect(result[(c * 2 + a) * 3 + b]).toBe((a * 3 + b) * 4 + c);
});

it.each([
  ["pictures", picturesFirst, picturesLast, [2, 3, 4, 5]],
  ["a filter", filterFirst, filterLast, [3, 2, 4, 5]],
  ["the rows behind a Flatten", rowsFirst, rowsLast, [2, 3, 4, 5]],
  ["a matrix", filterFirst, filterLast, [6, 20]],
])("%s go there and come back", (_, there, back, shape) => {
  const values = counted(120);
  const moved = there(values, shape);
  if (shape.length === 4) expect(moved).not.toEqual(values);
  expect(back(moved, shape)).toEqual(values);
});
