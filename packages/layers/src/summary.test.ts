import { describe, expect, it } from "vitest";
import { formatSummary, type SummaryRow } from "./summary.ts";

/** The lecture's small CNN, printed by Keras 2.3.1 as the first model of a session. */
const golden = `Model: "sequential_1"
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
conv2d_1 (Conv2D)            (None, 148, 148, 32)      896       
_________________________________________________________________
max_pooling2d_1 (MaxPooling2 (None, 74, 74, 32)        0         
_________________________________________________________________
conv2d_2 (Conv2D)            (None, 72, 72, 64)        18496     
_________________________________________________________________
max_pooling2d_2 (MaxPooling2 (None, 36, 36, 64)        0         
_________________________________________________________________
conv2d_3 (Conv2D)            (None, 34, 34, 128)       73856     
_________________________________________________________________
max_pooling2d_3 (MaxPooling2 (None, 17, 17, 128)       0         
_________________________________________________________________
conv2d_4 (Conv2D)            (None, 15, 15, 128)       147584    
_________________________________________________________________
max_pooling2d_4 (MaxPooling2 (None, 7, 7, 128)         0         
_________________________________________________________________
flatten_1 (Flatten)          (None, 6272)              0         
_________________________________________________________________
dense_1 (Dense)              (None, 512)               3211776   
_________________________________________________________________
dense_2 (Dense)              (None, 1)                 513       
=================================================================
Total params: 3,453,121
Trainable params: 3,453,121
Non-trainable params: 0
_________________________________________________________________
`;

const row = (name: string, className: string, shape: number[], parameters: number): SummaryRow => ({
  name,
  className,
  outputShape: [null, ...shape],
  parameters,
});

const smallCnn = {
  name: "sequential_1",
  rows: [
    row("conv2d_1", "Conv2D", [148, 148, 32], 896),
    row("max_pooling2d_1", "MaxPooling2D", [74, 74, 32], 0),
    row("conv2d_2", "Conv2D", [72, 72, 64], 18_496),
    row("max_pooling2d_2", "MaxPooling2D", [36, 36, 64], 0),
    row("conv2d_3", "Conv2D", [34, 34, 128], 73_856),
    row("max_pooling2d_3", "MaxPooling2D", [17, 17, 128], 0),
    row("conv2d_4", "Conv2D", [15, 15, 128], 147_584),
    row("max_pooling2d_4", "MaxPooling2D", [7, 7, 128], 0),
    row("flatten_1", "Flatten", [6272], 0),
    row("dense_1", "Dense", [512], 3_211_776),
    row("dense_2", "Dense", [1], 513),
  ],
  trainable: 3_453_121,
  nonTrainable: 0,
};

describe("formatSummary", () => {
  it("prints the small CNN byte for byte as Keras", () => {
    expect(formatSummary(smallCnn)).toBe(golden);
  });

  it("prints a frozen nested model as one row, and the true totals", () => {
    const lines = formatSummary({
      name: "sequential_1",
      rows: [row("vgg16", "Model", [4, 4, 512], 14_714_688), row("dense_1", "Dense", [1], 8193)],
      trainable: 8193,
      nonTrainable: 14_714_688,
    }).split("\n");
    expect(lines[4]).toBe("vgg16 (Model)                (None, 4, 4, 512)         14714688  ");
    expect(lines.slice(-5)).toEqual([
      "Total params: 14,722,881",
      "Trainable params: 8,193",
      "Non-trainable params: 14,714,688",
      "_".repeat(65),
      "",
    ]);
  });

  it("shows what the compiled model trains where flags changed since", () => {
    const frozen = { ...smallCnn, trainable: 513, nonTrainable: 3_452_608 };
    const lines = formatSummary({ ...frozen, trainableWhenCompiled: 3_453_121 }).split("\n");
    expect(lines.slice(-6)).toEqual([
      "Total params: 3,453,121",
      "Trainable params: 513",
      "Non-trainable params: 3,452,608",
      "Trainable params when compiled: 3,453,121",
      "_".repeat(65),
      "",
    ]);
    expect(formatSummary({ ...smallCnn, trainableWhenCompiled: 3_453_121 })).toBe(golden);
  });

  it("takes another width, and positions in characters", () => {
    const wide = formatSummary({ ...smallCnn, lineLength: 100 }).split("\n");
    expect(wide[1]).toBe("_".repeat(100));
    expect(wide[6]).toBe(
      `${"max_pooling2d_1 (MaxPooling2D)".padEnd(45)}${"(None, 74, 74, 32)".padEnd(40)}${"0".padEnd(15)}`,
    );
    const narrow = formatSummary({ ...smallCnn, lineLength: 40, positions: [10, 30, 40] }).split("\n");
    expect(narrow[4]).toBe("conv2d_1  (None, 148, 148, 32 896       ");
  });

  it("prints a model without layers", () => {
    expect(
      formatSummary({ name: "sequential_1", rows: [], trainable: 0, nonTrainable: 0 }).split("\n"),
    ).toEqual([
      'Model: "sequential_1"',
      "_".repeat(65),
      "Layer (type)                 Output Shape              Param #   ",
      "=".repeat(65),
      "Total params: 0",
      "Trainable params: 0",
      "Non-trainable params: 0",
      "_".repeat(65),
      "",
    ]);
  });
});
