import { join } from "node:path";
import { arrayToImg, ImageDataGenerator, imgToArray, listPictures, loadImg } from "@convscope/data";
import { renderSheet } from "../preview/sheet.ts";
import { rasterize } from "../report/rasterize.ts";
import { experiment } from "./experiment.ts";

export default experiment({
  name: "augmentation-preview",
  question: "What does the lecture's augmentation make of a picture?",
  claim:
    "Random transformations yield believable-looking images: the model never sees the same picture twice.",
  slides: "Data Augmentation; Options of ImageDataGenerator; Displaying Augmented Images",
  defaults: { data: undefined, seed: 0, workers: undefined },

  async run({ flags, output, directories, folder }) {
    const ranges = {
      rotationRange: 40,
      widthShiftRange: 0.2,
      heightShiftRange: 0.2,
      shearRange: 0.2,
      zoomRange: 0.2,
      horizontalFlip: true,
      fillMode: "nearest",
    } as const;
    const datagen = new ImageDataGenerator(ranges);

    // We pick one image to "augment": the lecture's fnames[5], of names in order.
    const { train } = await directories();
    const fnames = await listPictures(train, { followLinks: false });
    const imgPath = join(train, fnames[Math.min(5, fnames.length - 1)]);
    // Read the image and resize it
    const img = await loadImg(imgPath, { targetSize: [150, 150] });
    // Convert it to an array, of the shape (1, 150, 150, 3)
    const { shape, data } = imgToArray(img);
    const x = { shape: [1, ...shape], data };

    // The .flow() generates batches of randomly transformed images. It loops indefinitely, so we need to `break`.
    const draws: { image: typeof img; transform: object | undefined }[] = [];
    for await (const batch of datagen.flow(x, null, { batchSize: 1, seed: flags.seed })) {
      const [{ transform }] = batch.records;
      const picture = { shape, data: batch.x.data };
      draws.push({ transform, image: arrayToImg(picture, { scale: false }) });
      if (draws.length % 4 === 0) break;
    }

    const note = `${Object.entries(ranges)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}, seed ${flags.seed}`;
    const { svg } = renderSheet({ pictures: [{ title: imgPath, image: img, draws }], columns: 2, note });
    const to = await folder();
    await to.write("augmentation.svg", svg);
    await to.write("augmentation.png", rasterize(svg));
    output.say(`${imgPath}, augmented four times: ${join(to.path, "augmentation.png")}.`);
    output.result({
      experiment: "augmentation-preview",
      picture: imgPath,
      folder: to.path,
      transforms: draws.map(({ transform }) => transform ?? {}),
    });
  },
});
