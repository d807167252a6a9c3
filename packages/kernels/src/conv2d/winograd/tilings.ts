import { defineKernel } from "../../device/kernel.ts";
import filter3 from "./tile-3/filter.wgsl";
import filterGradient3 from "./tile-3/filter-gradient.wgsl";
import input3 from "./tile-3/input.wgsl";
import output3 from "./tile-3/output.wgsl";
import outputGradient3 from "./tile-3/output-gradient.wgsl";
import filter4 from "./tile-4/filter.wgsl";
import filterGradient4 from "./tile-4/filter-gradient.wgsl";
import input4 from "./tile-4/input.wgsl";
import output4 from "./tile-4/output.wgsl";
import outputGradient4 from "./tile-4/output-gradient.wgsl";

/** F(tile×tile, 3×3): how outputs are cut into tiles, and the kernels that transform to and fro. */
export interface Tiling {
  /** Output pixels on a side of a tile. */
  readonly tile: number;
  /** Multiplications that make a tile, in one channel: (tile + 2)². */
  readonly planes: number;
  readonly kernels: ReturnType<typeof defineTransforms>;
}

function defineTransforms(
  tile: number,
  wgsl: Record<"input" | "filter" | "output" | "outputGradient" | "filterGradient", string>,
) {
  const name = (transform: string) => `conv2d.winograd${tile}.${transform}`;
  return {
    input: defineKernel({
      name: name("input"),
      wgsl: wgsl.input,
      buffers: ["x", "v"],
      constants: ["IN_C"],
      step: ["height", "width", "padTop", "padLeft", "tilesH", "tilesW", "first", "plane"],
    }),
    filter: defineKernel({
      name: name("filter"),
      wgsl: wgsl.filter,
      buffers: ["f", "u"],
      constants: ["IS_TURNED"],
      step: ["inC", "outC", "plane"],
    }),
    output: defineKernel({
      name: name("output"),
      wgsl: wgsl.output,
      buffers: ["m", "b", "x", "y"],
      constants: ["OUT_C", "ACTIVATION", "HAS_BIAS", "IS_RECTIFIED"],
      step: ["height", "width", "tilesH", "tilesW", "first", "plane"],
    }),
    outputGradient: defineKernel({
      name: name("outputGradient"),
      wgsl: wgsl.outputGradient,
      buffers: ["dy", "d"],
      constants: ["OUT_C"],
      step: ["height", "width", "tilesH", "tilesW", "first", "plane"],
    }),
    filterGradient: defineKernel({
      name: name("filterGradient"),
      wgsl: wgsl.filterGradient,
      buffers: ["du", "df"],
      step: ["count", "plane"],
    }),
  };
}

const tiling4: Tiling = {
  tile: 4,
  planes: 36,
  kernels: defineTransforms(4, {
    input: input4,
    filter: filter4,
    output: output4,
    outputGradient: outputGradient4,
    filterGradient: filterGradient4,
  }),
};
const tiling3: Tiling = {
  tile: 3,
  planes: 25,
  kernels: defineTransforms(3, {
    input: input3,
    filter: filter3,
    output: output3,
    outputGradient: outputGradient3,
    filterGradient: filterGradient3,
  }),
};

/** Multiplications that make an output picture of one channel: also for what its last tiles have beyond the edge. */
export const multiplicationsOf = ({ tile, planes }: Tiling, height: number, width: number): number =>
  planes * Math.ceil(height / tile) * Math.ceil(width / tile);

/** The tiling that multiplies least: of 3×3 where it fits clearly better (9×9 pixels: 225 and 324), else of 4×4. */
export function tilingFor(height: number, width: number): Tiling {
  const [of3, of4] = [tiling3, tiling4].map((tiling) => multiplicationsOf(tiling, height, width));
  return of3 < 0.9 * of4 ? tiling3 : tiling4;
}
