import { beforeEach, describe, expect, it } from "vitest";
import { resetUids, toSnakeCase, uniqueName } from "./names.ts";

describe("automatic names", () => {
  beforeEach(resetUids);

  it.each([
    ["Conv2D", "conv2d"],
    ["MaxPooling2D", "max_pooling2d"],
    ["AveragePooling2D", "average_pooling2d"],
    ["GlobalAveragePooling2D", "global_average_pooling2d"],
    ["GlobalMaxPooling2D", "global_max_pooling2d"],
    ["SeparableConv2D", "separable_conv2d"],
    ["BatchNormalization", "batch_normalization"],
    ["ZeroPadding2D", "zero_padding2d"],
    ["Dense", "dense"],
    ["ReLU", "re_lu"],
    ["LeakyReLU", "leaky_re_lu"],
    ["Sequential", "sequential"],
    ["_Merge", "private__merge"],
  ])("writes %s as %s", (className, snake) => {
    expect(toSnakeCase(className)).toBe(snake);
  });

  it("counts from 1, each prefix for itself, and goes on until reset", () => {
    expect(["Conv2D", "Conv2D", "Dense", "Conv2D"].map(uniqueName)).toEqual([
      "conv2d_1",
      "conv2d_2",
      "dense_1",
      "conv2d_3",
    ]);
    resetUids();
    expect(uniqueName("Conv2D")).toBe("conv2d_1");
  });

  it("calls an InputLayer input", () => {
    expect([uniqueName("InputLayer"), uniqueName("InputLayer")]).toEqual(["input_1", "input_2"]);
  });
});
