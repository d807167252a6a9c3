import { realpath, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import {
  arrayToImg,
  type FillMode,
  ImageDataGenerator,
  type Interpolation,
  type InterpolationOrder,
  imgToArray,
  listPictures,
  loadImg,
  type ShiftRange,
} from "@convscope/data";
import { Output } from "../output.ts";
import { renderSheet, type SheetPicture } from "../preview/sheet.ts";
import { rasterize } from "../report/rasterize.ts";
import { writeFileAtomic } from "../report/write-file-atomic.ts";

export interface PreviewOptions {
  readonly out: string;
  readonly targetSize: readonly [height: number, width: number];
  readonly interpolation: Interpolation;
  readonly count: number;
  readonly columns?: number;
  readonly pictures: number;
  readonly seed: number;
  readonly compat?: "keras2";
  readonly rotationRange: number;
  readonly widthShiftRange: ShiftRange;
  readonly heightShiftRange: ShiftRange;
  readonly shearRange: number;
  readonly zoomRange: number | readonly [low: number, high: number];
  readonly channelShiftRange: number;
  readonly brightnessRange?: readonly [low: number, high: number];
  readonly horizontalFlip: boolean;
  readonly verticalFlip?: boolean;
  readonly fillMode: FillMode;
  readonly cval: number;
  readonly interpolationOrder: InterpolationOrder;
  readonly json?: boolean;
}

/** What viewers of pictures still take. */
const MAX_SIDE = 32_767;

/** The lecture's page of augmented pictures: loads, resizes, draws, and shows what was drawn. */
export async function preview(path: string, options: PreviewOptions): Promise<void> {
  const { out, json = false, count, targetSize, interpolation, seed } = options;
  const output = new Output(json);
  const extension = extname(out).toLowerCase();
  if (extension !== ".png" && extension !== ".svg") {
    throw new Error(`[preview] --out is ${out}; a name that ends with .png or .svg was needed.`);
  }
  const paths = await picturesOf(path, options.pictures);
  for (const picture of paths) await refuseToOverwrite(picture, out);

  const generator = new ImageDataGenerator(options);
  const [height, width] = targetSize;
  // Draw k of picture i is what pass k of a training with this seed does to it: the lecture's `flow(x, batch_size=1)`.
  const samples = paths.length;
  const draws = generator.draws({
    samples,
    batchSize: 1,
    shuffle: false,
    seed,
    imageShape: [height, width, 3],
  });
  const pictures: (SheetPicture & { readonly path: string })[] = [];
  for (const [i, path] of paths.entries()) {
    const original = await loadImg(path);
    const image = await loadImg(path, { targetSize, interpolation });
    const [rows, columns] = original.shape;
    pictures.push({
      path,
      title: `${path} (${columns} × ${rows}, resized to ${width} × ${height})`,
      image,
      draws: Array.from({ length: count }, (_, pass) => {
        const [transform] = draws.transforms(pass, i);
        const x = transform === undefined ? imgToArray(image) : generator.applyTransform(image, transform);
        // Keras's array_to_img stretches the contrast of what it shows, and hides brightness and shifts of colour.
        return { transform, image: arrayToImg(x, { scale: options.compat === "keras2" }) };
      }),
    });
  }

  const columns = options.columns ?? Math.ceil(Math.sqrt(count));
  const { svg, ...size } = renderSheet({ pictures, columns, note: noteOn(options) });
  if (extension === ".png" && Math.max(size.width, size.height) > MAX_SIDE) {
    throw new Error(
      `[preview] the sheet would have ${size.width} x ${size.height} pixels, more than ${MAX_SIDE} on a side: ` +
        "give fewer pictures or draws, other --columns, or --out a .svg.",
    );
  }
  await writeFileAtomic(out, extension === ".svg" ? svg : rasterize(svg));
  output.result({
    out,
    seed,
    compat: options.compat ?? null,
    targetSize,
    pictures: pictures.map(({ path, draws }) => ({
      path,
      transforms: draws.map(({ transform }) => transform ?? {}),
    })),
  });
  const draw = `${count} draw${count === 1 ? "" : "s"}`;
  output.say(`${out}: ${draw} of ${paths.length === 1 ? paths[0] : `each of ${paths.length} pictures`}.`);
}

/** The picture, or the first of a folder. */
async function picturesOf(path: string, count: number): Promise<string[]> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return [path]; // loadImg says what is wrong with it
  const found = await listPictures(path, { followLinks: false });
  if (found.length > 0) return found.slice(0, count).map((name) => join(path, name));
  throw new Error(
    `[preview] ${path} holds no pictures (.png .jpg .jpeg .bmp .ppm .tif .tiff), nor do its sub-folders.`,
  );
}

async function refuseToOverwrite(picture: string, out: string): Promise<void> {
  const [from, to] = await Promise.all([picture, out].map((path) => realpath(path).catch(() => undefined)));
  if (from !== undefined && from === to) {
    throw new Error(`[preview] --out is ${out}, the picture itself: give another name.`);
  }
}

/** What was drawn from, in Keras's words. */
function noteOn(options: PreviewOptions): string {
  const ranges: readonly (readonly [string, unknown])[] = [
    ["rotationRange", options.rotationRange],
    ["widthShiftRange", options.widthShiftRange],
    ["heightShiftRange", options.heightShiftRange],
    ["shearRange", options.shearRange],
    ["zoomRange", options.zoomRange],
    ["channelShiftRange", options.channelShiftRange],
    ["brightnessRange", options.brightnessRange],
    ["horizontalFlip", options.horizontalFlip],
    ["verticalFlip", options.verticalFlip],
  ];
  const used = ranges.filter(([, value]) => value !== undefined && value !== false && value !== 0);
  const fill = options.fillMode === "constant" ? `"constant", cval ${options.cval}` : `"${options.fillMode}"`;
  return [
    ...used.map(([name, value]) => `${name} ${JSON.stringify(value)}`),
    `fillMode ${fill}`,
    ...(options.interpolationOrder === 1 ? [] : [`interpolationOrder ${options.interpolationOrder}`]),
    `seed ${options.seed}`,
    ...(options.compat === undefined ? [] : [`compat "${options.compat}"`]),
  ].join(", ");
}
