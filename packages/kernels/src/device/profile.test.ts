import { describe, expect, it } from "vitest";
import { conv2dForwardPass } from "../conv2d/forward.ts";
import { conv2dGeometry } from "../conv2d/geometry.ts";
import { denseForward } from "../dense/forward.ts";
import { reluForward } from "../relu/relu.ts";
import { tanhForward } from "../tanh/tanh.ts";
import { openTestDevice } from "../testing/test-device.ts";
import { summarize } from "./profile.ts";

describe("summarize", () => {
  it("adds up kernel by kernel, the slowest first, and keeps the calls", () => {
    const call = (kernel: string, begin: number, milliseconds: number) => {
      return { kernel, shape: [2], begin, milliseconds, flop: 10, bytes: 100 };
    };
    const calls = [call("a", 0, 1), call("b", 1, 5), call("a", 6, 2)];
    expect(summarize("wall-clock", calls)).toEqual({
      method: "wall-clock",
      kernels: [
        { kernel: "b", calls: 1, milliseconds: 5, flop: 10, bytes: 100 },
        { kernel: "a", calls: 2, milliseconds: 3, flop: 20, bytes: 200 },
      ],
      calls,
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

  it("tells what each call writes, computes and moves, and when", async () => {
    for (const method of methods()) {
      using scope = device().scope();
      const x = scope.tensor([4, 8]);
      const w = scope.tensor([8, 12]);
      device().startProfiling(method);
      const y = denseForward(scope, x, w);
      reluForward(scope, y);
      const { calls } = await device().stopProfiling();
      // Without a bias: what stands in for it moves nothing.
      expect(calls).toMatchObject([
        { shape: [4, 12], flop: 2 * 4 * 8 * 12, bytes: 4 * (4 * 8 + 8 * 12 + 4 * 12) },
        { kernel: "relu.forward", shape: [4, 12], flop: 0, bytes: 4 * 2 * 4 * 12 },
      ]);
      expect(calls[1].begin).toBeGreaterThanOrEqual(calls[0].begin + calls[0].milliseconds - 1e-6);
    }
  });

  it("counts the bytes of a part where a call says so", async () => {
    using scope = device().scope();
    const geometry = conv2dGeometry({
      inputShape: [3, 12, 12, 8],
      filterShape: [3, 3, 8, 8],
      padding: "same",
    });
    const winograd = conv2dForwardPass.variants.find(({ name }) => name === "winograd");
    if (!winograd || winograd.refuses?.(device(), geometry)) return;
    device().startProfiling();
    winograd.run(scope, geometry, conv2dForwardPass.operands(scope, geometry));
    const { calls } = await device().stopProfiling();
    const tiles = 3 * 3 * 3;
    expect(calls.find(({ kernel }) => kernel === "conv2d.winograd4.input")?.bytes).toBe(
      4 * (3 * 12 * 12 * 8 + 36 * tiles * 8),
    );
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
