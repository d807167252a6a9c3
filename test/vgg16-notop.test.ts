// VGG16's file without top, in the layout that Keras 1 gave it: it loads, and pictures have the features that float64 has.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openTestDevice } from "@convscope/kernels/testing";
import { VGG16 } from "@convscope/layers";
import { keptFolder, removeFolder } from "@convscope/storage/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pets, sampleOf } from "./pets.ts";
import { hasH5py, runReference } from "./python-reference.ts";
import {
  differenceOf,
  randomVgg16Notop,
  vgg16Features,
  vgg16NotopFile,
  vgg16Tolerance,
} from "./vgg16-notop.ts";

const hasPython = hasH5py();

/** Of its second page on VGG16, which has Keras 1's name for a convolution. */
const lectureRows = `
input_1 (InputLayer) (None, 150, 150, 3) 0
block1_conv1 (Conv2D) (None, 150, 150, 64) 1792
block1_conv2 (Conv2D) (None, 150, 150, 64) 36928
block1_pool (MaxPooling2D) (None, 75, 75, 64) 0
block2_conv1 (Conv2D) (None, 75, 75, 128) 73856
block2_conv2 (Conv2D) (None, 75, 75, 128) 147584
block2_pool (MaxPooling2D) (None, 37, 37, 128) 0
block3_conv1 (Conv2D) (None, 37, 37, 256) 295168
block3_conv2 (Conv2D) (None, 37, 37, 256) 590080
block3_conv3 (Conv2D) (None, 37, 37, 256) 590080
block3_pool (MaxPooling2D) (None, 18, 18, 256) 0
block4_conv1 (Conv2D) (None, 18, 18, 512) 1180160
block4_conv2 (Conv2D) (None, 18, 18, 512) 2359808
block4_conv3 (Conv2D) (None, 18, 18, 512) 2359808
block4_pool (MaxPooling2D) (None, 9, 9, 512) 0
block5_conv1 (Conv2D) (None, 9, 9, 512) 2359808
block5_conv2 (Conv2D) (None, 9, 9, 512) 2359808
block5_conv3 (Conv2D) (None, 9, 9, 512) 2359808
block5_pool (MaxPooling2D) (None, 4, 4, 512) 0
`;

describe("VGG16 without its top", () => {
  const device = openTestDevice();
  let folder = "";
  beforeAll(async () => {
    folder = await keptFolder();
  });
  afterAll(() => removeFolder(folder));

  it("has the lecture's table", async () => {
    const lines: string[] = [];
    const model = await VGG16({ weights: null, includeTop: false, inputShape: [150, 150, 3] });
    model.summary({ printFn: (line) => lines.push(line) });
    const rows = lines.filter((line) => line.includes("(None"));
    expect(rows.map((line) => line.trim().replaceAll(/ +/g, " "))).toEqual(
      lectureRows
        .trim()
        .replace(/input_1/, model.layers[0].name)
        .split("\n"),
    );
    expect(lines).toContain("Total params: 14,714,688");
    expect(lines).toContain("Trainable params: 14,714,688");
    expect(model.outputs[0].shape).toEqual([4, 4, 512]);
  });

  it("loads a file of Keras 1, and gives float64's features", async () => {
    const layers = randomVgg16Notop(1);
    const weights = join(folder, "notop.h5");
    await writeFile(weights, await vgg16NotopFile(layers));
    using model = await VGG16({ includeTop: false, weights, inputShape: [48, 48, 3], device: device() });
    const { x } = await pets(folder, 1, 48);
    const got = await model.predict(x);
    expect(got.shape).toEqual([2, 1, 1, 512]);
    for (const i of [0, 1]) {
      const wanted = vgg16Features(sampleOf(x, i), layers);
      expect(differenceOf(sampleOf(got, i).data, wanted)).toBeLessThan(vgg16Tolerance);
    }
  });

  it.skipIf(!hasPython)("the file has the names, shapes and types of one that h5py makes", async () => {
    const [ours, theirs] = [join(folder, "ours.h5"), join(folder, "theirs.h5")];
    await writeFile(ours, await vgg16NotopFile(randomVgg16Notop(1, 8)));
    runReference("make-vgg16-notop.py", [theirs, "1", "--divide-channels", "8"]);
    const seen = JSON.parse(runReference("h5-arrays.py", [ours, theirs]));
    const layout = (path: string) => ({
      names: seen[path].names,
      arrays: Object.entries<{ shape: number[]; dtype: string }>(seen[path].arrays).map(
        ([name, { shape, dtype }]) => [name, shape, dtype],
      ),
    });
    expect(layout(ours)).toEqual(layout(theirs));
  });
});
