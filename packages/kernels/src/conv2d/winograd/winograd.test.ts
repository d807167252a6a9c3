import { describe, expect, it } from "vitest";
import { expectClose, openTestDevice, randomArray, upload } from "../../testing/index.ts";
import { conv2dBackwardFilterPass } from "../backward-filter.ts";
import { conv2dBackwardInputPass } from "../backward-input.ts";
import { conv2dForwardPass } from "../forward.ts";
import { conv2dGeometry } from "../geometry.ts";
import { tilingFor } from "./tilings.ts";
import {
  amplification,
  gradientAmplification,
  type Matrix,
  tileReference,
  transforms,
} from "./winograd.reference.ts";

describe("Winograd's algorithm", () => {
  const device = openTestDevice();

  it.each([3, 4] as const)("gives the sums that define the convolution, in tiles of %i×%i", (tile) => {
    const { data } = randomArray([45], 1);
    const d = Array.from({ length: tile + 2 }, (_, r) => [...data.subarray(6 * r, 6 * r + tile + 2)]);
    const g = Array.from({ length: 3 }, (_, r) => [...data.subarray(36 + 3 * r, 39 + 3 * r)]);
    const direct: Matrix = Array.from({ length: tile }, (_, i) =>
      Array.from({ length: tile }, (_, j) =>
        g.flatMap((row, r) => row.map((value, s) => value * d[i + r][j + s])).reduce((sum, v) => sum + v),
      ),
    );
    tileReference(transforms[tile], d, g).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(direct[i][j], 12);
      });
    });
  });

  it("cuts 9×9 pixels into tiles of 3×3, larger pictures into tiles of 4×4", () => {
    const tiles = [3, 5, 6, 7, 9, 11, 12, 15, 18, 36, 150].map((side) => tilingFor(side, side).tile);
    expect(tiles).toEqual([3, 3, 3, 4, 3, 4, 4, 4, 4, 4, 4]);
  });

  it.each([
    // 90×90 pixels are 529 tiles of 4×4: a slice of 24 MiB of 36 planes takes 10 pictures of 32 channels.
    { pictures: 13, side: 90, inC: 4, outC: 32, tile: 4 },
    // 9×9 pixels are 9 tiles of 3×3: a slice of 25 planes takes 109 pictures of 256 channels.
    { pictures: 112, side: 9, inC: 4, outC: 256, tile: 3 },
  ] as const)(
    "works through a batch in slices, the last one shorter: $side×$side",
    async ({ pictures, side, inC, outC, tile }) => {
      const geometry = conv2dGeometry({
        inputShape: [pictures, side, side, inC],
        filterShape: [3, 3, inC, outC],
        padding: "same",
      });
      const matrices = transforms[tile];
      using scope = device().scope();
      const x = upload(scope, randomArray(geometry.inputShape, 1));
      const f = upload(scope, randomArray(geometry.filterShape, 2));
      const dy = upload(scope, randomArray(geometry.outputShape, 3));
      const sums = { terms: 9 * inC, magnitude: amplification(matrices) };
      const runs = [
        { pass: conv2dForwardPass, operands: { x, f, b: undefined, activation: "linear" }, tolerance: sums },
        {
          pass: conv2dBackwardInputPass,
          operands: { dy, f, rectified: x },
          tolerance: { ...sums, terms: 9 * outC },
        },
        {
          pass: conv2dBackwardFilterPass,
          operands: { x, dy },
          tolerance: {
            terms: pictures * side * side,
            magnitude: gradientAmplification(matrices),
          },
        },
      ];
      for (const { pass, operands, tolerance } of runs) {
        const [wanted, got] = ["subgroups", "winograd"].map((name) => {
          const variant = pass.variants.find((candidate) => candidate.name === name)!;
          return device().read(variant.run(scope, geometry, operands as never));
        });
        expectClose((await got).data, (await wanted).data, tolerance);
      }
    },
  );

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
