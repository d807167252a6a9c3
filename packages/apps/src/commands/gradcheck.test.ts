import type { Op } from "@convscope/autograd";
import { gradientCases } from "@convscope/autograd/gradient-check";
import { addForward } from "@convscope/kernels";
import { afterEach, describe, expect, it, vi } from "vitest";
import { convscopeHere } from "../testing/convscope.ts";

/** y = a + b, whose backward forgets b. */
const forgetful: Op = {
  name: "forgetful",
  inputs: ["a", "b"],
  forward: (scope, [a, b]) => ({ y: addForward(scope, a, b), saved: undefined }),
  backward: (scope, dy) => [dy, addForward(scope, dy, dy)],
};
const wrong = {
  name: "add, wrong",
  inputs: ["a", "b"].map((name) => ({ name, shape: [2], data: Float32Array.of(1, 2) })),
  record: ((tape, inputs) =>
    tape.apply(forgetful, inputs, undefined)) satisfies (typeof gradientCases.add)[0]["record"],
};

describe("convscope gradcheck", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("has a line for each op, and one for each variant of it", async () => {
    const { code, stdout } = await convscopeHere(
      ...["gradcheck", "--op", "add", "dense", "--kernels", "naive", "registers", "winograd"],
    );
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^Device: \S+/);
    const at = lines.findIndex((line) => line.startsWith("op "));
    const number = String.raw`\d(\.\de-\d+)?`;
    const worst = `${number} of ${number}`;
    expect(lines.slice(at + 1)).toEqual([
      expect.stringMatching(new RegExp(`^add +${gradientCases.add.length} +${worst} {2}passed$`)),
      expect.stringMatching(new RegExp(`^dense +naive +${gradientCases.dense.length} +${worst} {2}passed$`)),
      expect.stringMatching(
        new RegExp(`^dense +registers +${gradientCases.dense.length} +${worst} {2}passed$`),
      ),
      "",
    ]);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it("says what is wrong, and ends with exit code 1", async () => {
    vi.spyOn(gradientCases, "add", "get").mockReturnValue([wrong]);
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const { code, stdout } = await convscopeHere("gradcheck", "--op", "add", "--json");
    expect(code).toBe(1);
    expect(error.mock.calls).toEqual([["convscope: [gradcheck] wrong on this device: add."]]);
    const { passed, results } = JSON.parse(stdout);
    expect([passed, results.length]).toEqual([false, 1]);
    expect(results[0]).toMatchObject({ op: "add", kernels: null, cases: 1, worst: { input: "b" } });
    expect(results[0].failures[0]).toMatch(/^\[gradient check\] add, wrong: d\/d b/);
  });

  it("knows the ops", async () => {
    const { code, stderr } = await convscopeHere("gradcheck", "--op", "conv3d");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: unknown op 'conv3d'\. There are add, avgPool2d, /);
  });
});
