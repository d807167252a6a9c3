// How many pictures a second the data package makes by itself: decoded and augmented as the lecture does, 150 x 150.
// The training of the small CNN must find three times as many as it takes.
//
//   node --import ./scripts/register.mjs scripts/measure-pictures.ts <folder with a folder per class> [workers …]
import { flowFromDirectory, ImageDataGenerator } from "@convscope/data";

const [folder, ...counts] = process.argv.slice(2);
if (folder === undefined) {
  console.error("Give a folder with a folder per class, such as data/drawn-pets/train.");
  process.exit(2);
}
const generator = new ImageDataGenerator({
  rotationRange: 40,
  widthShiftRange: 0.2,
  heightShiftRange: 0.2,
  shearRange: 0.2,
  zoomRange: 0.2,
  horizontalFlip: true,
  rescale: 1 / 255,
});
const plain = new ImageDataGenerator({ rescale: 1 / 255 });
const SECONDS = 2;

for (const workers of counts.length > 0 ? counts.map(Number) : [0, 1, 2]) {
  for (const [name, made] of [
    ["plain", plain],
    ["augmented", generator],
  ] as const) {
    const rates: string[] = [];
    for (const isKept of [false, true]) {
      await using batches = await flowFromDirectory(folder, {
        generator: made,
        targetSize: [150, 150],
        batchSize: 20,
        classMode: "binary",
        seed: 0,
        workers,
        cacheBytes: isKept ? undefined : 0,
        onBadPicture: isKept ? "check" : "throw",
        log: () => {},
      });
      await batches.next(); // threads start
      const before = performance.now();
      let pictures = 0;
      while (performance.now() - before < SECONDS * 1000)
        pictures += (await batches.next()).value!.x.shape[0];
      const rate = (1000 * pictures) / (performance.now() - before);
      rates.push(`${rate.toFixed(0)}/s ${isKept ? "kept" : "decoded each time"}`);
    }
    console.log(`${workers} workers, ${name.padEnd(9)}: ${rates.join(", ")}`);
  }
}
