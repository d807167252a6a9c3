// By hand, a minute: VGG16's features of pictures of 150 × 150 against float64 loops, with the weights of a file in the layout
// of Keras's own, such as make-vgg16-notop.py makes, or that one itself.
//
//     /usr/bin/python3 test/reference/make-vgg16-notop.py notop.h5
//     node --import ./scripts/register.mjs test/reference/vgg16-features.ts notop.h5 [PAIRS of pictures, 2] [SIZE, 150]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, exit } from "node:process";
import { readModelFile, VGG16 } from "@convscope/layers";
import { pets, sampleOf } from "../pets.ts";
import { differenceOf, vgg16Features, vgg16Tolerance } from "../vgg16-notop.ts";

const [, , weights, pairs = "2", side = "150"] = argv;
if (weights === undefined) {
  console.error("Which file? The first lines of this script say how one is made.");
  exit(2);
}
const size = Number(side);
const { layers } = await readModelFile(weights);
using model = await VGG16({ includeTop: false, weights, inputShape: [size, size, 3] });
model.summary();

const folder = await mkdtemp(join(tmpdir(), "convscope-vgg16-"));
const { x, y } = await pets(folder, Number(pairs), size);
await rm(folder, { recursive: true });
const got = await model.predict(x);
console.log(
  `features (${got.shape.join(", ")}); tolerance ${vgg16Tolerance.toExponential(1)} of the largest`,
);
let worst = 0;
for (const [i, label] of y.data.entries()) {
  const difference = differenceOf(sampleOf(got, i).data, vgg16Features(sampleOf(x, i), layers));
  console.log(
    `${label === 0 ? "cat" : "dog"} ${Math.floor(i / 2)}: off by ${difference.toExponential(1)} of the largest`,
  );
  worst = Math.max(worst, difference);
}
if (!(worst < vgg16Tolerance)) exit(1);
