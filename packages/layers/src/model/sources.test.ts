import { describe, expect, it } from "vitest";
import { array } from "../testing/index.ts";
import { type Batch, checkArray } from "./batch.ts";
import {
  ArraySource,
  type ArraySourceOptions,
  type Batches,
  IteratorSource,
  type Source,
} from "./sources.ts";

/** Samples 0 … n−1, and the numbers of those in each batch of a pass. */
const numbers = (n: number) =>
  array(
    [n, 1],
    Array.from({ length: n }, (_, i) => i),
  );
const valuesOf = ({ x }: Batch) => [...checkArray("x", [x].flat()[0]).data];
async function pass(source: Source, epoch = 0, stepsDone = 0): Promise<number[][]> {
  await source.begin(epoch, stepsDone);
  const batches: number[][] = [];
  for (let step = 0; step < source.steps; step++) batches.push(valuesOf(await source.next(step)));
  return batches;
}
const arrays = (n: number, options: ArraySourceOptions, seed = 1) =>
  new ArraySource({ x: [numbers(n)], y: [numbers(n)], sampleWeight: [] }, options, seed);

describe("ArraySource", () => {
  it("cuts arrays in order, with a short last batch", async () => {
    const source = arrays(5, { batchSize: 2 });
    expect([source.steps, source.samples]).toEqual([3, 5]);
    expect(await pass(source)).toEqual([[0, 1], [2, 3], [4]]);
    expect(arrays(100, {}).steps).toBe(4);
  });

  it("shuffles x and y alike, anew for each epoch and each fit, the same for the same seed", async () => {
    const source = arrays(20, { batchSize: 8, shuffle: true });
    const first = (await pass(source)).flat();
    expect(first.toSorted((a, b) => a - b)).toEqual([...numbers(20).data]);
    expect(first).not.toEqual([...numbers(20).data]);
    expect((await pass(source, 1)).flat()).not.toEqual(first);
    expect((await pass(source, 0, 3)).flat()).not.toEqual(first);
    expect((await pass(source, 0)).flat()).toEqual(first);
    expect((await pass(arrays(20, { shuffle: true }, 2))).flat()).not.toEqual(first);
    const { x, y } = await source.next(1);
    expect(x[0].data).toEqual(y[0].data);
  });

  it("shuffles whole batches, and leaves a short last one at the end", async () => {
    const batches = await pass(arrays(11, { batchSize: 2, shuffle: "batch" }));
    expect(batches.at(-1)).toEqual([10]);
    const firsts = batches.slice(0, -1).map(([first, second]) => {
      expect(second).toBe(first + 1);
      return first;
    });
    expect(firsts).not.toEqual([0, 2, 4, 6, 8]);
    expect(firsts.toSorted()).toEqual([0, 2, 4, 6, 8]);
  });

  it("refuses other options", () => {
    expect(() => arrays(4, { batchSize: 0 })).toThrow(
      "[model] batchSize must be a whole number of at least 1, got 0.",
    );
    expect(() => arrays(4, { shuffle: "yes" as "batch" })).toThrow(
      '[fit] shuffle must be true, false or "batch", got "yes".',
    );
  });
});

describe("IteratorSource", () => {
  const batch = (n: number): Batch => ({ x: array([1, 1], [n]) });
  const take = async (source: IteratorSource, count: number) => {
    const taken: number[] = [];
    for (let i = 0; i < count; i++) taken.push(...valuesOf(await source.next()));
    return taken;
  };

  it("goes on where an iterator was: the window of a validation rolls", async () => {
    let n = 0;
    const source = new IteratorSource({ next: () => ({ done: false, value: batch(n++) }) }, "steps", 3);
    expect(await pass(source)).toEqual([[0], [1], [2]]);
    expect(await pass(source, 1)).toEqual([[3], [4], [5]]);
  });

  it("takes a pass from the length, and begins a list anew", async () => {
    const source = new IteratorSource([batch(0), batch(1)], "steps", undefined);
    expect(source.steps).toBe(2);
    expect(await take(source, 5)).toEqual([0, 1, 0, 1, 0]);
  });

  it("takes async generators, with peeks", async () => {
    async function* generate() {
      yield batch(0);
      yield batch(1);
    }
    const source = new IteratorSource(generate(), "stepsPerEpoch", 1);
    expect(valuesOf(await source.peek())).toEqual([0]);
    expect(await take(source, 2)).toEqual([0, 1]);
    await expect(source.next()).rejects.toThrow(
      "Your input ran out of data; interrupting training. Make sure that your dataset or generator can generate " +
        "at least `stepsPerEpoch * epochs` batches (here 1 a pass).",
    );
  });

  it("needs to know how many make a pass", () => {
    const generator = (function* () {
      yield batch(0);
    })();
    expect(() => new IteratorSource(generator, "validationSteps", undefined)).toThrow(
      new Error(
        "`validation_steps=None` is only valid for a generator based on the `keras.utils.Sequence` class. " +
          "Please specify `validationSteps`, or give batches that say their `length`.",
      ),
    );
    expect(() => new IteratorSource(generator, "steps", 1.5)).toThrow(
      "[model] steps must be a whole number of at least 1, got 1.5.",
    );
  });

  it.each([[5], [null], ["batches"]])("refuses %j for batches", (batches) => {
    expect(() => new IteratorSource(batches as unknown as Batches, "steps", 1)).toThrow(
      `[model] expected arrays ({ shape, data }) or an iterator of batches ({ x, y }), got ${batches}.`,
    );
  });

  it("refuses batches that are none", async () => {
    const source = new IteratorSource([[1, 2]] as unknown as Batches, "steps", 1);
    await expect(source.next()).rejects.toThrow(
      new Error("Output of generator should be a batch `{ x, y, sampleWeight }` or `{ x, y }`. Found: Array"),
    );
  });
});
