import { readFileSync } from "node:fs";
import {
  affineTransform,
  type FillMode,
  ImageDataGenerator,
  type ImageDataGeneratorOptions,
  type InterpolationOrder,
  Mt19937,
  type Transform,
} from "@convscope/data";
import { expectClose } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";

interface RandomCase {
  readonly kind: "random";
  readonly seed: number;
  readonly calls: readonly { name: "uniform"; arguments: [number, number]; result: unknown }[];
}

interface TransformCase {
  readonly kind: "transform";
  readonly seed: number;
  readonly options: ImageDataGeneratorOptions;
  readonly results: readonly Transform[];
}

interface WarpCase {
  readonly kind: "warp";
  readonly order: InterpolationOrder;
  readonly fillMode: FillMode;
  readonly cval: number;
  readonly matrix: [[number, number], [number, number]];
  readonly offset: [number, number];
  readonly shape: [number, number];
  readonly x: readonly number[];
  readonly y: readonly number[];
}

type Case = RandomCase | TransformCase | WarpCase;

/** What NumPy and SciPy give: made by test/reference/numpy-scipy.py. */
const cases: Case[] = readFileSync(new URL("./reference/numpy-scipy.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const casesOf = <Kind extends Case["kind"]>(kind: Kind) =>
  cases.filter((one): one is Extract<Case, { kind: Kind }> => one.kind === kind);

describe("NumPy's legacy generator", () => {
  it.each(casesOf("random"))("gives the same numbers with seed $seed", ({ seed, calls }) => {
    const random = new Mt19937(seed);
    for (const { name, arguments: given, result } of calls) {
      if ((name as string) === "shuffle") {
        const values = [...(given as unknown as [number[]])[0]];
        random.shuffle(values);
        expect(values, name).toEqual(result);
        continue;
      }
      const got = random[name](...given) as unknown;
      expect(got instanceof Int32Array ? [...got] : got, name).toEqual(result);
    }
  });
});

describe("Keras's get_random_transform", () => {
  it.each(casesOf("transform"))("draws the same with seed $seed", ({ seed, options, results }) => {
    const generator = new ImageDataGenerator({ ...options, compat: "keras2" });
    const got = results.map((_, i) => generator.getRandomTransform([48, 64, 3], i === 0 ? seed : undefined));
    const withoutMinus = results.map(({ tx = 0, ty = 0, ...rest }) => ({ ...rest, tx: tx + 0, ty: ty + 0 }));
    expect(got).toEqual(withoutMinus);
  });
});

describe("scipy.ndimage.affine_transform", () => {
  it.each(casesOf("warp"))(
    "order $order, $fillMode, $shape",
    ({ order, fillMode, cval, matrix, offset, ...rest }) => {
      const x = { shape: [...rest.shape, 1], data: Float32Array.from(rest.x) };
      const { data } = affineTransform(x, matrix, offset, { order, fillMode, cval });
      const y = Float32Array.from(rest.y);
      // Orders 0 and 1 are SciPy's to the bit. The spline filter's sums are of some tens of float64 terms, in another order;
      // their errors can move a float32 to its neighbour.
      if (order <= 1) expect(data).toEqual(y);
      else expectClose(data, y, { absolute: 1e-9, relative: 2 ** -23 });
    },
  );
});
