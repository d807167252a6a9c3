import { describe, expect, it } from "vitest";
import { pool2dGeometry } from "./geometry.ts";

describe("pool2dGeometry", () => {
  it("takes the pool size as strides, drops the odd border, and prints itself", () => {
    const geometry = pool2dGeometry({ inputShape: [20, 15, 17, 32], poolSize: 2, padding: "valid" });
    expect(geometry.inputShape).toEqual([20, 15, 17, 32]);
    expect(geometry.outputShape).toEqual([20, 7, 8, 32]);
    expect(`${geometry}`).toBe(
      "pool2d 2×2, strides 2×2, dilation 1×1, padding top 0, bottom 0, left 0, right 0: [20,15,17,32] → [20,7,8,32]",
    );
  });

  it("keeps height and width apart", () => {
    const geometry = pool2dGeometry({
      inputShape: [1, 9, 8, 3],
      poolSize: [3, 2],
      strides: [1, 3],
      dilation: [1, 2],
      padding: { top: 2, bottom: 0, left: 1, right: 1 },
    });
    expect(geometry.constants).toEqual({
      IN_H: 9,
      IN_W: 8,
      CHANNELS: 3,
      POOL_H: 3,
      POOL_W: 2,
      STRIDE_H: 1,
      STRIDE_W: 3,
      DILATION_H: 1,
      DILATION_W: 2,
      PAD_TOP: 2,
      PAD_LEFT: 1,
      OUT_H: 9,
      OUT_W: 3,
    });
  });

  it("leaves the batch out of the constants, so that a short last batch compiles nothing", () => {
    const of = (batch: number) =>
      pool2dGeometry({ inputShape: [batch, 9, 9, 3], poolSize: 3, strides: 2, padding: "same" });
    expect(JSON.stringify(of(20).constants)).toBe(JSON.stringify(of(7).constants));
    expect(of(7).outputShape).toEqual([7, 5, 5, 3]);
  });

  it("is frozen", () => {
    const geometry = pool2dGeometry({ inputShape: [1, 4, 4, 1], poolSize: 2, padding: "valid" });
    for (const part of [geometry, geometry.constants, geometry.inputShape, geometry.outputShape]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it("says what is wrong", () => {
    expect(() => pool2dGeometry({ inputShape: [4, 4, 1], poolSize: 2, padding: "valid" })).toThrow(
      "[pool2d] the input is [4,4,1]: [batch,height,width,channels] is needed.",
    );
    expect(() => pool2dGeometry({ inputShape: [1, 4, 2, 1], poolSize: 3, padding: "valid" })).toThrow(
      "[pool2d width] the window spans 3 pixels, the input with its padding has 2",
    );
    expect(() =>
      pool2dGeometry({ inputShape: [1, 4, 4, 1], poolSize: 2, dilation: 0, padding: "valid" }),
    ).toThrow("[pool2d height] dilation is 0: give a whole number of at least 1.");
  });

  it("refuses windows that hold padding alone, and no others", () => {
    const of = (size: number, poolSize: number, dilation: number, top: number, bottom: number, strides = 1) =>
      pool2dGeometry({
        inputShape: [1, size, 1, 1],
        poolSize: [poolSize, 1],
        strides: [strides, 1],
        dilation: [dilation, 1],
        padding: { top, bottom, left: 0, right: 0 },
      }).outputShape[1];
    expect(() => of(4, 2, 1, 2, 0)).toThrow(
      "[pool2d height] padding of 2 before and 0 after 4 pixels was given to a window of 2, dilation 1, stride 1: " +
        "window 0 would hold padding alone. Give less padding.",
    );
    expect(() => of(4, 2, 1, 0, 2)).toThrow("window 4 would hold padding alone");
    // The second window begins at pixel 3; none begins in the padding.
    expect(of(4, 2, 1, 0, 2, 3)).toBe(2);
    // Pixels −1 and 2 of two: the hole of the window swallows the picture.
    expect(() => of(2, 2, 3, 1, 2)).toThrow("window 0 would hold padding alone");
    expect(of(3, 2, 3, 1, 1)).toBe(2);
  });
});
