import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { conv2dForward, conv2dForwardPass } from "../conv2d/forward.ts";
import { conv2dGeometry } from "../conv2d/geometry.ts";
import { denseForward, denseForwardPass } from "../dense/forward.ts";
import { denseGeometry } from "../dense/geometry.ts";
import { Device } from "../device/device.ts";
import { openTestDevice } from "../testing/test-device.ts";
import { type Pass, passKey, runPass } from "./pass.ts";
import { difference, fastest, timesOf, tuneDevice } from "./tune.ts";
import { loadTuning } from "./tuning.ts";

describe("tuneDevice", () => {
  const cache = mkdtempSync(join(tmpdir(), "convscope-cache-"));
  beforeAll(() => void vi.stubEnv("CONVSCOPE_CACHE", cache));
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true });
  });
  const device = openTestDevice();

  it("measures the variants of each pass once, and keeps what a tuned device goes by", async () => {
    const geometry = (batch: number) =>
      conv2dGeometry({ inputShape: [batch, 9, 9, 3], filterShape: [3, 3, 3, 5], strides: 2 });
    const progress: unknown[] = [];
    const batches: number[] = [];
    const step = (batch: number) => {
      batches.push(batch);
      using scope = device().scope();
      const { inputShape, filterShape } = geometry(batch);
      const [x, f] = [scope.tensor(inputShape), scope.tensor(filterShape)];
      conv2dForward(scope, geometry(batch), x, f);
      conv2dForward(scope, geometry(batch), x, f);
      denseForward(scope, scope.tensor([batch, 6]), scope.tensor([6, 5]));
    };
    const { passes, key } = await tuneDevice(device(), step, {
      batchSize: 3,
      onProgress: (...args) => progress.push(args),
    });

    expect(batches).toEqual([1, 3]);
    expect(progress).toEqual([
      [0, 2, "conv2d.forward"],
      [1, 2, "dense.forward"],
    ]);
    expect(passes.map(({ pass, sizes, calls }) => [pass, sizes, calls])).toEqual([
      ["conv2d.forward", geometry(1).key, 2],
      ["dense.forward", "6 x 5", 1],
    ]);
    for (const { auto, choice, variants } of passes) {
      const states = Object.fromEntries(variants.map(({ name, state }) => [name, state]));
      expect(states).toMatchObject({ subgroups: "refused", [auto]: "timed", [choice]: "timed" });
      for (const variant of variants) {
        if (variant.state === "timed") expect(variant.milliseconds).toBeGreaterThan(0);
        else expect(variant.why).not.toBe("");
      }
    }
    // What was put on the device to watch is taken off again.
    expect([device().onPass, device().onRun]).toEqual([undefined, undefined]);

    using tuned = await Device.open({ kernels: "tuned" });
    expect(tuned.notes).toEqual([]);
    expect(tuned.tuning?.key).toBe(key);
    const answer = tuned.tuning?.answer(passKey(conv2dForwardPass, geometry(20)));
    expect(answer?.variant).toBe(passes[0].choice);
    expect(Object.keys(answer?.kernels ?? {})).toContain("conv2d.forward.registers");
    expect(Object.keys(answer?.milliseconds ?? {})).toContain(passes[0].auto);
  });

  it("never chooses a variant that is wrong, and says how; nor one whose memory does not fit", async () => {
    const [naive] = denseForwardPass.variants;
    const pass: Pass<ReturnType<typeof denseGeometry>, Parameters<typeof naive.run>[2]> = {
      ...denseForwardPass,
      name: "test.wrong",
      variants: [
        naive,
        {
          name: "registers", // does nothing: the memory holds what it held, which is cleared here
          run(scope, geometry) {
            const y = scope.tensor(geometry.outputShape);
            scope.device.clear(y);
            return y;
          },
        },
        { name: "subgroups", run: (scope) => scope.tensor([2 ** 40]) },
      ],
      fastest: () => ["registers"],
    };
    const step = (rows: number) => {
      using scope = device().scope();
      const geometry = denseGeometry([rows, 8], [8, 64]);
      runPass(scope, pass, geometry, pass.operands(scope, geometry));
    };
    const { passes } = await tuneDevice(device(), step, { batchSize: 2 });
    const [{ auto, choice, variants }] = passes;
    expect([auto, choice]).toEqual(["registers", "naive"]);
    expect(variants).toMatchObject([
      { name: "naive", state: "timed" },
      {
        name: "registers",
        state: "wrong",
        why: expect.stringMatching(/^value \d+ is 0, the plainest variant's is \d/),
      },
      {
        name: "subgroups",
        state: "refused",
        why: expect.stringMatching(/^\[device\] a tensor \[\d+\] takes \d+ MiB/),
      },
    ]);
  });

  it("keeps no answer where no variant can run with the whole batch", async () => {
    const pass: typeof denseForwardPass = {
      ...denseForwardPass,
      name: "test.nothing",
      variants: [
        {
          name: "naive",
          run: (scope, { outputShape }) => scope.tensor(outputShape[0] === 1 ? outputShape : [2 ** 40]),
        },
      ],
      fastest: () => [],
    };
    const geometry = (rows: number) => denseGeometry([rows, 8], [8, 64]);
    const step = (rows: number) => device().onPass?.(pass, geometry(rows));
    const { passes } = await tuneDevice(device(), step, { batchSize: 2 });
    expect(passes).toMatchObject([{ choice: "naive", variants: [{ state: "refused" }] }]);
    const { tuning, notes } = await loadTuning(device().adapter);
    expect([notes, tuning?.answer(passKey(pass, geometry(2)))]).toEqual([[], undefined]);
  });

  it("stops between two passes", async () => {
    const step = (rows: number) => {
      using scope = device().scope();
      denseForward(scope, scope.tensor([rows, 6]), scope.tensor([6, 4]));
    };
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(tuneDevice(device(), step, { batchSize: 1, signal })).rejects.toThrow("enough");
  });
});

describe("the fastest variant", () => {
  const names = ["naive", "registers", "subgroups"] as const;

  it("is auto's, where another one's lead may be noise", () => {
    expect(fastest(names, [9, 1, 0.98], "registers")).toBe("registers");
    expect(fastest(names, [9, 1, 0.96], "registers")).toBe("subgroups");
    expect(fastest(names, [9, 1, 0.96], "subgroups")).toBe("subgroups");
  });

  it("is the fastest of all where auto's has no time", () => {
    expect(fastest(["naive", "subgroups"], [2, 1.99], "registers")).toBe("subgroups");
  });

  it("is told by most rounds, and not by the device's mood", () => {
    const rounds = [
      [8, 4, 2],
      [8, 4, 99], // the clock was slow for one of them …
      [80, 40, 20], // … and here for all
    ];
    expect(timesOf(names, rounds, "registers")).toEqual([8, 4, 2]);
    expect(timesOf(["naive", "subgroups"], [[8, 2]], "registers")).toEqual([8, 2]);
  });
});

describe("the difference of two results", () => {
  const array = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });

  it("is measured by the terms of the sum", () => {
    // Sums of 100 terms: 0.1 is allowed.
    expect(difference(array(1, 2.09), array(1, 2), 400)).toBeUndefined();
    expect(difference(array(1, 2.11), array(1, 2), 400)).toMatch(
      /^value 1 is 2\.1\d+, the plainest variant's is 2$/,
    );
    expect(difference(array(Number.NaN, 2), array(1, 2), 400)).toMatch(/^value 0 is NaN/);
  });
});
