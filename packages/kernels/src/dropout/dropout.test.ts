import { describe, expect, it } from "vitest";
import { RandomStream } from "../philox/index.ts";
import { expectClose, openTestDevice, randomArray } from "../testing/index.ts";
import { dropoutForwardReference, dropoutUniform } from "./dropout.reference.ts";
import { dropoutBackward, dropoutForward } from "./dropout.ts";

const exact = { absolute: 0, relative: 0 };
/** A seed of more than 32 bits, so that both key words count, and large words in the counter. */
const address = { seed: 2 ** 40 + 12_345, stream: 4_000_000_001, step: 77 };

describe("dropout", () => {
  const device = openTestDevice();

  /** The device's result on values that are never 0, so that the zeros of the result are the mask. */
  async function forward(count: number, options: Parameters<typeof dropoutForward>[2]) {
    const x = randomArray([count], 1, 0.5, 1.5);
    using scope = device().scope();
    const tensor = scope.tensor([count]);
    device().write(tensor, x.data);
    const { data } = await device().read(dropoutForward(scope, tensor, options));
    return { x: x.data, y: data };
  }

  it.each([0.1, 0.5, 0.9])("drops what the CPU's Philox drops, bit by bit, at rate %d", async (rate) => {
    const count = 9_999;
    const { x, y } = await forward(count, { ...address, rate });
    expectClose(y, dropoutForwardReference(x, { ...address, rate }), exact);
    const kept = y.filter((value) => value !== 0).length;
    // Five standard errors of a binomial share.
    expect(Math.abs(kept / count - (1 - rate))).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / count));
  });

  it("compares all 24 bits of u: an element is kept at rate u and dropped one step above it", async () => {
    for (let i = 0; i < 23; i++) {
      const u = dropoutUniform(i, address);
      expect(u).toBeGreaterThan(0);
      const at = await forward(23, { ...address, rate: u });
      const above = await forward(23, { ...address, rate: u + 2 ** -24 });
      expect(at.y[i]).not.toBe(0);
      expect(above.y[i]).toBe(0);
    }
  });

  it("takes its numbers from the stream that RandomStream has at the same address", () => {
    const stream = new RandomStream(address.seed, "dropout", address.stream, address.step);
    for (let i = 0; i < 10; i++) expect(dropoutUniform(i, address)).toBe(stream.uniform());
  });

  it.each([1, 2, 3, 4, 5, 255, 256, 257])("covers the last block of %d elements", async (count) => {
    const { x, y } = await forward(count, { ...address, rate: 0.3 });
    expectClose(y, dropoutForwardReference(x, { ...address, rate: 0.3 }), exact);
  });

  it("writes nothing beyond its tensor", async () => {
    using scope = device().scope();
    const buffer = scope.tensor([8]);
    device().write(buffer, new Float32Array(8).fill(7));
    const x = scope.tensor([5]);
    device().write(x, new Float32Array(5).fill(1));
    const intoBuffer = { device: device(), tensor: () => ({ ...buffer, shape: [5] }) };
    dropoutForward(intoBuffer, x, { ...address, rate: 0.5 });
    const { data } = await device().read(buffer);
    expect([...data.slice(5)]).toEqual([7, 7, 7]);
    expect([...data.slice(0, 5)].every((value) => value === 0 || value === 2)).toBe(true);
  });

  it("drops the same elements of the gradient, and others at another address", async () => {
    const count = 1_003;
    const options = { ...address, rate: 0.5 };
    const dy = new Float32Array(count).fill(1);
    using scope = device().scope();
    const tensor = scope.tensor([count]);
    device().write(tensor, dy);
    const read = async (result: typeof tensor) => [...(await device().read(result)).data];
    const y = await read(dropoutForward(scope, tensor, options));
    expect(await read(dropoutBackward(scope, tensor, options))).toEqual(y);
    const others = [
      { ...options, seed: options.seed + 1 },
      { ...options, seed: options.seed + 2 ** 32 },
      { ...options, stream: options.stream + 1 },
      { ...options, step: options.step + 1 },
    ];
    const { pipelines } = device().created;
    for (const other of others) expect(await read(dropoutForward(scope, tensor, other))).not.toEqual(y);
    dropoutForward(scope, { ...tensor, shape: [17, 3] }, { ...options, rate: 0.25 });
    expect(device().created.pipelines).toBe(pipelines);
  });

  it.each([0, 1, -0.5, 1.5])("gives back the very input at rate %d", (rate) => {
    using scope = device().scope();
    const x = scope.tensor([3]);
    expect(dropoutForward(scope, x, { ...address, rate })).toBe(x);
    expect(dropoutBackward(scope, x, { ...address, rate })).toBe(x);
  });

  it("refuses what is no rate, seed, stream or step", () => {
    using scope = device().scope();
    const x = scope.tensor([3]);
    const run = (change: object) => () => dropoutForward(scope, x, { ...address, rate: 0.5, ...change });
    expect(run({ rate: Number.NaN })).toThrow("[dropout] rate is NaN: give a number from 0 to 1.");
    expect(run({ seed: -1 })).toThrow("[random] seed must be an integer");
    expect(run({ stream: -1 })).toThrow("[dropout] stream must be an integer from 0 to 4294967295, got -1.");
    expect(run({ step: 0.5 })).toThrow("[dropout] step must be an integer from 0 to 4294967295, got 0.5.");
  });
});
