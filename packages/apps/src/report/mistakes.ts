import { encodeJpeg, type ImageArray, loadImg, resizeImage } from "@convscope/data";
import type { Pictures } from "../experiments/experiment.ts";

/** What a model says of the pictures of a split. */
export interface Predictions {
  /** "validation", "test" */
  readonly split: string;
  readonly pictures: Pictures;
  /** In the order of the files. One number a picture: that it is of class 1, as a sigmoid gives it; or one a class, as softmax does. */
  readonly outputs: ArrayLike<number>;
}

/** What a model says of a picture. */
export interface Prediction {
  /** Its position among the files. */
  readonly index: number;
  readonly file: string;
  readonly label: string;
  /** The class that the model gives the highest probability; "none" where what it gives are no numbers. */
  readonly predicted: string;
  /** That the model gives the predicted class. */
  readonly probability: number;
}

/** A wrongly classified picture, and what it looks like: absent where it cannot be read any more. */
export interface Mistake extends Prediction {
  readonly jpeg?: Uint8Array;
}

/** What went wrong in a split. */
export interface SplitMistakes {
  readonly split: string;
  /** How many pictures there are, and how many of them are wrongly classified. */
  readonly pictures: number;
  readonly wrong: number;
  /** Those that the model was most sure of, the worst first. */
  readonly worst: readonly Mistake[];
}

/** Pictures shown of a split. */
const SHOWN = 24;
/** Pixels of a thumbnail's longer side. */
const THUMBNAIL = 128;

/** Reads the outputs as Keras's accuracy does: of a sigmoid, class 1 is what is above 0.5; of softmax, the highest. */
export function predictionsOf(given: Predictions): Prediction[] {
  const { split, pictures, outputs } = given;
  const { filenames, classes, classIndices } = pictures;
  const names: string[] = [];
  for (const [name, index] of Object.entries(classIndices)) names[index] = name;
  const width = names.length === 2 && outputs.length === filenames.length ? 1 : names.length;
  if (classes.length !== filenames.length || outputs.length !== filenames.length * width) {
    throw new Error(
      `[predictions] ${split} has ${filenames.length} files of ${names.length} classes, ${classes.length} labels and ` +
        `${outputs.length} outputs; a label a file was needed, and one output a class (of two classes: one in all).`,
    );
  }
  return filenames.map((file, index) => {
    const probabilities =
      width === 1 ? [1 - outputs[index], outputs[index]] : names.map((_, c) => outputs[index * width + c]);
    const known = !probabilities.some(Number.isNaN);
    // The first of equals: at 0.5 class 0, as Python rounds.
    const best = known ? probabilities.indexOf(Math.max(...probabilities)) : -1;
    return {
      index,
      file,
      label: names[classes[index]],
      predicted: known ? names[best] : "none",
      probability: known ? probabilities[best] : Number.NaN,
    };
  });
}

/**
 * The wrongly classified pictures of a split, the worst of them with a thumbnail: of those that the model was most sure
 * of, or gave no number at all.
 */
export async function findMistakes(given: Predictions): Promise<SplitMistakes> {
  const predictions = predictionsOf(given);
  const wrong = predictions.filter(({ label, predicted }) => label !== predicted);
  const badness = ({ probability }: Prediction) => (Number.isNaN(probability) ? 2 : probability);
  const worst = wrong.sort((a, b) => badness(b) - badness(a) || a.index - b.index).slice(0, SHOWN);
  return {
    split: given.split,
    pictures: predictions.length,
    wrong: wrong.length,
    worst: await Promise.all(
      worst.map(async (mistake) => ({
        ...mistake,
        jpeg: await thumbnail(given.pictures.filepaths[mistake.index]),
      })),
    ),
  };
}

/** The whole picture, small. A report does not fail because a picture is gone. */
async function thumbnail(path: string): Promise<Uint8Array | undefined> {
  let image: ImageArray;
  try {
    image = await loadImg(path);
  } catch {
    return undefined;
  }
  const [height, width] = image.shape;
  const factor = Math.min(1, THUMBNAIL / Math.max(height, width));
  const side = (pixels: number) => Math.max(1, Math.round(factor * pixels));
  return encodeJpeg(resizeImage(image, [side(height), side(width)], "box"), { quality: 85 });
}
