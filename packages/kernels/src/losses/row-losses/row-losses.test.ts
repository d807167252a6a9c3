import { describe, expect, it } from "vitest";
import { expectClose, openTestDevice, randomArray, upload } from "../../testing/index.ts";
import { categoricalHingeReference, cosineProximityReference } from "./row-losses.reference.ts";
import {
  categoricalHingeBackward,
  categoricalHingeForward,
  cosineProximityBackward,
  cosineProximityForward,
} from "./row-losses.ts";

const cases = [
  {
    name: "categorical hinge",
    forward: categoricalHingeForward,
    backward: categoricalHingeBackward,
    reference: categoricalHingeReference,
  },
  {
    name: "cosine proximity",
    forward: cosineProximityForward,
    backward: cosineProximityBackward,
    reference: cosineProximityReference,
  },
];

describe("the row losses", () => {
  const device = openTestDevice();

  it.each(cases)("$name agrees with float64, and its gradient with differences of that", async (row) => {
    const { forward, backward, reference } = row;
    for (const shape of [
      [1, 3],
      [65, 4],
      [3, 5, 7],
      [2, 3, 1],
    ]) {
      const classes = shape[shape.length - 1];
      const p = randomArray(shape, 2, -1, 1);
      const y = randomArray(shape, 1, -1, 1);
      if (row.name === "categorical hinge") {
        y.data.forEach((_, i) => {
          y.data[i] = i % classes === Math.floor(i / classes) % classes ? 1 : 0;
        });
      }
      using scope = device().scope();
      const [yTensor, pTensor] = [upload(scope, y), upload(scope, p)];
      const loss = await device().read(forward(scope, yTensor, pTensor));
      const dp = await device().read(backward(scope, yTensor, pTensor));
      const rowOf = (data: ArrayLike<number>, r: number) =>
        Array.from({ length: classes }, (_, c) => data[r * classes + c]);
      const count = p.data.length / classes;
      const rows = count / shape[0];
      const values = Array.from({ length: count }, (_, r) => reference(rowOf(y.data, r), rowOf(p.data, r)));
      const wanted = Array.from(
        { length: shape[0] },
        (_, n) => values.slice(n * rows, (n + 1) * rows).reduce((a, b) => a + b, 0) / rows,
      );
      expectClose(loss.data, wanted, { absolute: 2 ** -20, relative: 0 });
      const h = 2 ** -18;
      const slopes = Array.from(p.data, (_, i) => {
        const r = Math.floor(i / classes);
        const at = (by: number) =>
          reference(
            rowOf(y.data, r),
            rowOf(p.data, r).map((value, c) => (c === i % classes ? value + by : value)),
          );
        return (at(h) - at(-h)) / (2 * h) / count;
      });
      const steepest = Math.max(...slopes.map(Math.abs));
      expectClose(dp.data, slopes, { absolute: 2 ** -17 * (steepest + 1 / count), relative: 0 });
    }
  });

  it("a length of 0 is no division by it, and greatest ones share the gradient", async () => {
    using scope = device().scope();
    const [zero, one] = [
      [0, 0],
      [1, 0],
    ].map((values) => upload(scope, { shape: [1, 2], data: Float32Array.from(values) }));
    expect((await device().read(cosineProximityForward(scope, one, zero))).data[0]).toBe(0);
    const [dp] = (await device().read(cosineProximityBackward(scope, one, zero))).data;
    expect(dp).toBeCloseTo(-1e6, -2);
    const y = upload(scope, { shape: [1, 3], data: Float32Array.of(1, 0, 0) });
    const p = upload(scope, { shape: [1, 3], data: Float32Array.of(0.5, 0.25, 0.25) });
    expect([...(await device().read(categoricalHingeBackward(scope, y, p))).data]).toEqual([-1, 0.5, 0.5]);
  });
});
