import { kernelChoices, openTestDevice } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import { type OpName, ops } from "../ops/index.ts";
import { Tape } from "../tape.ts";
import { gradientCases } from "./gradient-cases.ts";
import { gradientCheck } from "./gradient-check.ts";

const rows = Object.entries(gradientCases).flatMap(([op, cases]) =>
  cases.map((check) => ({ name: check.name, op: ops[op as OpName], check })),
);

describe.each(kernelChoices)("the gradients, %s kernels", (kernels) => {
  const device = openTestDevice(kernels);

  it.each(rows.map(({ name, check }) => [name, check] as const))("%s", async (_, check) => {
    const { derivatives, failures } = await gradientCheck(device(), check);
    expect(failures).toEqual([]);
    expect(derivatives.length).toBeGreaterThan(0);
  });
});

describe("the table of cases", () => {
  const device = openTestDevice();

  it("applies in each row the op that the row stands under", () => {
    for (const { op, check } of rows) {
      using tape = new Tape(device());
      const variables = check.inputs.map(({ shape, data }) => {
        const tensor = tape.tensor(shape);
        device().write(tensor, data);
        return tape.variable(tensor);
      });
      check.record(tape, variables);
      expect(tape.entries.map((entry) => entry.op)).toContain(op);
    }
  });

  it("has at least one row for every op, and no two of one name", () => {
    for (const [op, cases] of Object.entries(gradientCases)) expect(cases.length, op).toBeGreaterThan(0);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  });
});
