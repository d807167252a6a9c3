import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Device } from "../device/device.ts";
import type { KernelChoice, VariantName } from "./kernel-choice.ts";
import { chooseVariant, type Pass, passKey, type Variant } from "./pass.ts";
import { keepAnswers } from "./tuning.ts";

/** A pass over rows of `inputs` values. */
interface Sizes {
  readonly rows: number;
  readonly inputs: number;
}

const variant = (name: VariantName, least = 0): Variant<Sizes, object> => ({
  name,
  refuses: (_, { inputs }) => (inputs < least ? `inputs is ${inputs}, must be ${least} at least` : undefined),
  run: (scope) => scope.tensor([1]),
});

const pass: Pass<Sizes, object> = {
  name: "test.choice",
  variants: [variant("naive"), variant("registers", 2), variant("winograd", 8)],
  fastest: (_, { inputs }) => (inputs > 100 ? ["registers"] : ["winograd", "registers"]),
  key: ({ inputs }) => `${inputs}`,
  flop: ({ rows, inputs }) => 2 * rows * inputs,
  operands: () => ({}),
};

const devices = new Map<KernelChoice, Device>();
const chosen = (kernels: KernelChoice, inputs: number) => {
  const device = devices.get(kernels);
  return device && chooseVariant(device, pass, { rows: 1, inputs }).name;
};

describe("the variant that runs", () => {
  const cache = mkdtempSync(join(tmpdir(), "convscope-cache-"));

  beforeAll(async () => {
    vi.stubEnv("CONVSCOPE_CACHE", cache);
    const [auto, registers, winograd] = await Promise.all(
      (["auto", "registers", "winograd"] as const).map((kernels) => Device.open({ kernels })),
    );
    const answer = { milliseconds: {}, kernels: {} };
    await keepAnswers(auto.adapter, {
      [passKey(pass, { rows: 20, inputs: 50 })]: { variant: "registers", ...answer },
      [passKey(pass, { rows: 20, inputs: 4 })]: { variant: "winograd", ...answer },
    });
    const tuned = await Device.open({ kernels: "tuned" });
    for (const device of [auto, registers, winograd, tuned]) devices.set(device.kernels, device);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    for (const device of devices.values()) device.close();
    rmSync(cache, { recursive: true });
  });

  it.each<[string, KernelChoice, number, VariantName]>([
    ["auto: the first of the table", "auto", 50, "winograd"],
    ["auto: the table knows the sizes", "auto", 200, "registers"],
    ["auto: the first that does not refuse", "auto", 4, "registers"],
    ["auto: the plainest, where all of the table refuse", "auto", 1, "naive"],
    ["named", "winograd", 8, "winograd"],
    ["named, and it refuses: the next plainer one", "winograd", 4, "registers"],
    ["named, and never a faster one", "registers", 8, "registers"],
    ["tuned: the measured one", "tuned", 50, "registers"],
    ["tuned: as auto, for what was not measured", "tuned", 60, "winograd"],
    ["tuned: as auto, where the measured one refuses", "tuned", 4, "registers"],
  ])("%s", (_, kernels, inputs, name) => {
    expect(chosen(kernels, inputs)).toBe(name);
  });

  it("does not depend on the batch: a short last one compiles nothing", () => {
    expect(passKey(pass, { rows: 1, inputs: 50 })).toBe(passKey(pass, { rows: 20, inputs: 50 }));
  });
});
