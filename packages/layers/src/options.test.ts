import { describe, expect, it } from "vitest";
import { checkCount, checkOptions } from "./options.ts";

const names = { filters: true, kernelSize: true } as const;
const check = (options: unknown) =>
  checkOptions<{ filters?: unknown; kernelSize?: unknown }>("Conv2D", options as object, names);

describe("checkOptions", () => {
  it("takes known names, whatever their values", () => {
    const options = { filters: 3, kernelSize: undefined };
    expect(check(options)).toBe(options);
  });

  it.each([
    [{ kernel_size: 3 }, "[Conv2D] Keyword argument not understood: kernel_size. Did you mean kernelSize?"],
    [{ kernelsize: 3 }, "[Conv2D] Keyword argument not understood: kernelsize. Did you mean kernelSize?"],
    [{ filter: 3 }, "[Conv2D] Keyword argument not understood: filter. Did you mean filters?"],
    [{ depth: 3 }, "[Conv2D] Keyword argument not understood: depth. Known: filters, kernelSize."],
    [{ kernelRegularizer: "l2" }, "[Conv2D] the option kernelRegularizer is not supported: leave it out."],
    [32, "[Conv2D] takes its options in one object, ({ filters: … }), got 32."],
    ["relu", '[Conv2D] takes its options in one object, ({ filters: … }), got "relu".'],
    [undefined, "[Conv2D] takes its options in one object, ({ filters: … }), got nothing."],
    [[1], "[Conv2D] takes its options in one object, ({ filters: … }), got [1]."],
  ])("refuses %j", (options, message) => {
    expect(() => check(options)).toThrow(new Error(message));
  });

  it("takes none for what Keras has and is not here", () => {
    expect(() => check({ kernelRegularizer: null, biasConstraint: undefined })).not.toThrow();
  });
});

it("counts", () => {
  expect(checkCount("fit", "epochs", 3)).toBe(3);
  for (const value of [0, -1, 1.5, Number.NaN]) {
    expect(() => checkCount("fit", "epochs", value)).toThrow(
      `[fit] epochs must be a whole number of at least 1, got ${value}.`,
    );
  }
});
