import { describe, expect, it } from "vitest";
import { openTestDevice } from "../testing/test-device.ts";
import { readingBytes, readingsAtOnce } from "./device.ts";
import { bufferSize, sizeClass } from "./memory.ts";

describe("memory", () => {
  const device = openTestDevice();

  it("gives the k-th tensor of a step the place of the k-th before, where it fits", () => {
    using memory = device().scope();
    const first = [memory.tensor([8]), memory.tensor([16])];
    memory.restart();
    const second = [memory.tensor([3]), memory.tensor([4, 4])];
    expect(second.map(({ buffer }) => buffer)).toEqual(first.map(({ buffer }) => buffer));
    expect(second[0].shape).toEqual([3]);
    expect(memory.bytes).toBe(96);

    memory.restart();
    const larger = memory.tensor([9]);
    expect(larger.buffer.size).toBe(48);
    // The smaller one is free again.
    expect(device().tensor([8]).buffer).toBe(first[0].buffer);
  });

  it("creates nothing once all places are there", () => {
    using memory = device().scope();
    const step = (samples: number) => {
      memory.restart();
      for (const width of [10, 300, 7]) memory.tensor([samples, width]);
    };
    step(20);
    const { buffers } = device().created;
    for (const samples of [20, 3, 20, 1]) step(samples);
    expect(device().created.buffers).toBe(buffers);
  });

  it("gives everything back at the end", () => {
    const memory = device().scope();
    const { buffer } = memory.tensor([12_345]);
    memory[Symbol.dispose]();
    expect(memory.bytes).toBe(0);
    expect(device().tensor([12_345]).buffer).toBe(buffer);
  });

  it("shares buffers between sizes that are near each other", () => {
    expect([1, 4, 31, 32, 33, 100, 49_380].map(sizeClass)).toEqual([4, 4, 32, 32, 36, 104, 53_248]);
    const memory = device().scope();
    for (let side = 200; side < 230; side++) {
      memory.restart();
      memory.tensor([side, side]);
    }
    memory[Symbol.dispose]();
    const { buffers } = device().created;
    using another = device().scope();
    for (let side = 200; side < 230; side++) {
      another.restart();
      expect(another.tensor([side, side]).buffer.size).toBeGreaterThanOrEqual(4 * side * side);
    }
    expect(device().created.buffers).toBe(buffers);
  });

  it("knows what a buffer takes, and how many results are read through", async () => {
    expect([33, 990].map((bytes) => bufferSize(bytes, 1000))).toEqual([36, 1000]);
    const before = device().bytes;
    const tensor = device().tensor([1000, 777]);
    const made = device().bytes - before;
    expect(made).toBe(bufferSize(4 * 777_000, device().largestTensor));
    await Promise.all([device().read(tensor), device().read(tensor)]);
    expect(device().bytes - before - made).toBe(2 * readingBytes([1000, 777]));
    expect([1, 16, 17].map((atOnce) => readingsAtOnce(4, atOnce))).toEqual([16, 16, 32]);
  });

  it("plans work without doing it", async () => {
    const tensor = device().tensor([4], Float32Array.of(1, 2, 3, 4));
    const before = { bytes: device().bytes, ...device().created };
    device().plan((buffer) => {
      device().clear(tensor);
      device().copy({ ...tensor, buffer }, tensor);
      device().write({ shape: [1], dtype: "float32", buffer }, Float32Array.of(7));
    });
    expect({ bytes: device().bytes, ...device().created }).toEqual(before);
    expect([...(await device().read(tensor)).data]).toEqual([1, 2, 3, 4]);
  });

  it("gives an empty tensor a buffer, as WebGPU binds no empty ones", () => {
    using memory = device().scope();
    expect(memory.tensor([0, 3]).buffer.size).toBe(16);
  });

  it("takes no buffer back twice", () => {
    const { buffer } = device().tensor([5]);
    device().pool.release(buffer);
    expect(() => device().pool.release(buffer)).toThrow(
      "[pool] a buffer was given back twice: each has one owner.",
    );
  });
});
