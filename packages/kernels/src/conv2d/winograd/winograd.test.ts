import { describe, expect, it } from "vitest";
import { expectClose, openTestDevice, randomArray, upload } from "../../testing/index.ts";
import { conv2dBackwardFilterPass } from "../backward-filter.ts";
import { conv2dBackwardInputPass } from "../backward-input.ts";
import { conv2dForwardPass } from "../forward.ts";
import { conv2dGeometry } from "../geometry.ts";
import { amplification, gradientAmplification, type Matrix, tileReference } from "./winograd.reference.ts";

describe("Winograd's algorithm", () => {
  const device = openTestDevice();

  it("gives the sums that define the convolution", () => {
    const { data } = randomArray([45], 1);
    const d = Array.from({ length: 6 }, (_, r) => [...data.subarray(6 * r, 6 * r + 6)]);
    const g = Array.from({ length: 3 }, (_, r) => [...data.subarray(36 + 3 * r, 39 + 3 * r)]);
    const direct: Matrix = Array.from({ length: 4 }, (_, i) =>
      Array.from({ length: 4 }, (_, j) =>
        g.flatMap((row, r) => row.map((value, s) => value * d[i + r][j + s])).reduce((sum, v) => sum + v),
      ),
    );
    tileReference(d, g).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(direct[i][j], 12);
      });
    });
  });

  it("works through a batch in slices, the last one shorter", async () => {
    // 90×90 pixels are 529 tiles: a slice of 24 MiB of 36 planes takes 10 pictures of 32 channels.
    const geometry = conv2dGeometry({
      inputShape: [13, 90, 90, 4],
      filterShape: [3, 3, 4, 32],
      padding: "same",
    });
    using scope = device().scope();
    const x = upload(scope, randomArray(geometry.inputShape, 1));
    const f = upload(scope, randomArray(geometry.filterShape, 2));
    const dy = upload(scope, randomArray(geometry.outputShape, 3));
    const sums = { terms: 9 * 4, magnitude: amplification() };
    const runs = [
      { pass: conv2dForwardPass, operands: { x, f, b: undefined, activation: "linear" }, tolerance: sums },
      {
        pass: conv2dBackwardInputPass,
        operands: { dy, f, rectified: x },
        tolerance: { ...sums, terms: 9 * 32 },
      },
      {
        pass: conv2dBackwardFilterPass,
        operands: { x, dy },
        tolerance: { terms: 13 * 90 * 90, magnitude: gradientAmplification() },
      },
    ];
    for (const { pass, operands, tolerance } of runs) {
      const [wanted, got] = ["subgroups", "winograd"].map((name) => {
        const variant = pass.variants.find((candidate) => candidate.name === name)!;
        return device().read(variant.run(scope, geometry, operands as never));
      });
      expectClose((await got).data, (await wanted).data, tolerance);
    }
  });

  it.each([
    ["the filter is not 3×3", { filterShape: [3, 1, 4, 4] }],
    ["the strides are not 1", { strides: [1, 2] as const }],
    ["the dilation is not 1", { dilation: 2 }],
    ["there are more than 2 pixels of padding", { padding: { top: 3, bottom: 0, left: 0, right: 0 } }],
    ["OUT_C is 6, must be a multiple of 4", { filterShape: [3, 3, 4, 6] }],
  ])("says where it does not apply: %s", (reason, options) => {
    const geometry = conv2dGeometry({ inputShape: [1, 8, 8, 4], filterShape: [3, 3, 4, 4], ...options });
    const winograd = conv2dForwardPass.variants.find(({ name }) => name === "winograd");
    expect(winograd?.refuses?.(device(), geometry)).toBe(reason);
  });
});
