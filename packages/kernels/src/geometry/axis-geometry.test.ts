import { describe, expect, it } from "vitest";
import { type AxisOptions, axisGeometry as geometryOf } from "./axis-geometry.ts";

const axisGeometry = (options: Omit<AxisOptions, "where">) => geometryOf({ where: "test", ...options });

describe("axisGeometry", () => {
  it.each([
    // The lecture's maps: 3×3 valid convolutions and 2×2 poolings.
    { size: 150, kernel: 3, stride: 1, padding: "valid", output: 148, padBefore: 0, padAfter: 0 },
    { size: 15, kernel: 2, stride: 2, padding: "valid", output: 7, padBefore: 0, padAfter: 0 },
    { size: 17, kernel: 2, stride: 2, padding: "valid", output: 8, padBefore: 0, padAfter: 0 },
    // The odd pixel of same goes after.
    { size: 15, kernel: 2, stride: 2, padding: "same", output: 8, padBefore: 0, padAfter: 1 },
    { size: 224, kernel: 3, stride: 1, padding: "same", output: 224, padBefore: 1, padAfter: 1 },
    { size: 224, kernel: 3, stride: 2, padding: "same", output: 112, padBefore: 0, padAfter: 1 },
    { size: 224, kernel: 7, stride: 2, padding: "same", output: 112, padBefore: 2, padAfter: 3 },
    // A stride beyond the window needs no padding; a window larger than the input is padded.
    { size: 10, kernel: 2, stride: 3, padding: "same", output: 4, padBefore: 0, padAfter: 1 },
    { size: 9, kernel: 1, stride: 4, padding: "same", output: 3, padBefore: 0, padAfter: 0 },
    { size: 2, kernel: 5, stride: 1, padding: "same", output: 2, padBefore: 2, padAfter: 2 },
    { size: 7, kernel: 3, stride: 2, padding: [2, 0], output: 4, padBefore: 2, padAfter: 0 },
    { size: 7, kernel: 3, stride: 1, dilation: 2, padding: "valid", output: 3, padBefore: 0, padAfter: 0 },
    { size: 7, kernel: 3, stride: 1, dilation: 2, padding: "same", output: 7, padBefore: 2, padAfter: 2 },
  ] as const)(
    "$size pixels, kernel $kernel, stride $stride, padding $padding: $output",
    ({ output, padBefore, padAfter, ...options }) => {
      expect(axisGeometry(options)).toEqual({ output, padBefore, padAfter });
    },
  );

  it("same covers the input: windows from every pixel's side, the last one not beyond the padding", () => {
    for (let size = 1; size <= 12; size++) {
      for (let kernel = 1; kernel <= 5; kernel++) {
        for (let stride = 1; stride <= 4; stride++) {
          const { output, padBefore, padAfter } = axisGeometry({ size, kernel, stride, padding: "same" });
          expect(output).toBe(Math.ceil(size / stride));
          expect(padAfter - padBefore === 0 || padAfter - padBefore === 1).toBe(true);
          // As explicit padding the same amounts give the same windows.
          expect(axisGeometry({ size, kernel, stride, padding: [padBefore, padAfter] }).output).toBe(output);
        }
      }
    }
  });

  it("refuses a window larger than the input", () => {
    expect(() => axisGeometry({ size: 2, kernel: 3, stride: 1, padding: "valid" })).toThrow(
      '[test] the window spans 3 pixels, the input with its padding has 2: give a smaller window, a larger input, or padding "same".',
    );
    expect(() => axisGeometry({ size: 4, kernel: 3, stride: 1, dilation: 2, padding: "valid" })).toThrow(
      "[test] the window spans 5 pixels, the input with its padding has 4",
    );
  });

  it("refuses counts that are not whole", () => {
    expect(() => axisGeometry({ size: 8, kernel: 2, stride: 0, padding: "same" })).toThrow(
      "[test] stride is 0: give a whole number of at least 1.",
    );
    expect(() => axisGeometry({ size: 8, kernel: 2.5, stride: 1, padding: "same" })).toThrow(
      "[test] kernel is 2.5: give a whole number of at least 1.",
    );
    expect(() => axisGeometry({ size: 8, kernel: 2, stride: 1, padding: [0, -1] })).toThrow(
      "[test] padding after is -1: give a whole number of at least 0.",
    );
  });
});
