import { describe, expect, it } from "vitest";
import { reluForward } from "../relu/relu.ts";
import { tanhForward } from "../tanh/tanh.ts";
import { openTestDevice } from "../testing/test-device.ts";
import { summarize } from "./profile.ts";

describe("summarize", () => {
  it("adds up kernel by kernel, the slowest first", () => {
    const timings = [
      { kernel: "a", milliseconds: 1 },
      { kernel: "b", milliseconds: 5 },
      { kernel: "a", milliseconds: 2 },
    ];
    expect(summarize("wall-clock", timings)).toEqual({
      method: "wall-clock",
      kernels: [
        { kernel: "b", calls: 1, milliseconds: 5 },
        { kernel: "a", calls: 2, milliseconds: 3 },
      ],
    });
  });
});

describe("profiling", () => {
  const device = openTestDevice();
  const methods = () =>
    device().features.has("timestamp-query")
      ? (["timestamp-query", "wall-clock"] as const)
      : (["wall-clock"] as const);

  it("counts every call, and takes no longer than the clock on the wall", async () => {
    for (const method of methods()) {
      using scope = device().scope();
      const x = scope.tensor([1 << 16]);
      const before = performance.now();
      device().startProfiling(method);
      for (let i = 0; i < 3; i++) reluForward(scope, x);
      tanhForward(scope, x);
      const profile = await device().stopProfiling();
      const wall = performance.now() - before;
      expect(profile.method).toBe(method);
      const calls = Object.fromEntries(profile.kernels.map(({ kernel, calls }) => [kernel, calls]));
      expect(calls).toEqual({ "relu.forward": 3, "tanh.forward": 1 });
      const sum = profile.kernels.reduce((total, { milliseconds }) => total + milliseconds, 0);
      expect(sum).toBeGreaterThan(0);
      expect(sum).toBeLessThanOrEqual(wall);
    }
  });

  it("takes more kernels than a set of timestamps holds", async () => {
    const x = device().tensor([1]);
    using scope = device().scope();
    device().startProfiling();
    for (let i = 0; i < 2100; i++) {
      scope.restart();
      reluForward(scope, x);
    }
    const { kernels } = await device().stopProfiling();
    expect(kernels).toMatchObject([{ kernel: "relu.forward", calls: 2100 }]);
  });

  it("does not change the results", async () => {
    using scope = device().scope();
    const x = device().tensor([3], Float32Array.of(-1, 0, 2));
    for (const method of methods()) {
      device().startProfiling(method);
      const y = reluForward(scope, x);
      await device().stopProfiling();
      expect((await device().read(y)).data).toEqual(Float32Array.of(0, 0, 2));
    }
  });

  it("is started and stopped in turn", async () => {
    await expect(device().stopProfiling()).rejects.toThrow(
      "[device] stopProfiling: profiling was not started.",
    );
    device().startProfiling();
    expect(() => device().startProfiling()).toThrow(
      "[device] startProfiling: profiling was started already.",
    );
    expect((await device().stopProfiling()).kernels).toEqual([]);
  });
});
