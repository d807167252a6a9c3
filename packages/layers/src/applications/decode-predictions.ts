import type { NdArray } from "@convscope/kernels";
import { fetchText } from "./weight-files.ts";

/** A class of ImageNet and what a network gives for it. */
export interface Prediction {
  /** WordNet's number: `n02504458`. */
  readonly wnid: string;
  /** `African_elephant`. */
  readonly name: string;
  /** 0 … 1. */
  readonly score: number;
}

const CLASSES = 1000;

/** By index: WordNet's number and name. */
type ClassIndex = Readonly<Record<string, readonly [wnid: string, name: string]>>;

/** Keras's file of ImageNet's classes. */
export const classIndexFile = {
  url: "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json",
  md5: "c2c37ea517e94d9795004a39431a14cb",
};

/**
 * The classes with the highest scores of each sample, the highest first.
 * @param predictions `[samples, 1000]`
 * @param options.top how many of each; default 5
 * @param options.classIndex the path of Keras's `imagenet_class_index.json`; downloaded once where not given
 */
export async function decodePredictions(
  { shape, data }: NdArray,
  { top = 5, classIndex }: { readonly top?: number; readonly classIndex?: string } = {},
): Promise<Prediction[][]> {
  if (shape.length !== 2 || shape[1] !== CLASSES) {
    throw new Error(
      "`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape (samples, 1000)). " +
        `Found array with shape: (${shape.join(", ")})`,
    );
  }
  const classes = JSON.parse(await fetchText(classIndexFile, classIndex)) as ClassIndex;
  return Array.from({ length: shape[0] }, (_, sample) => {
    const scores = data.subarray(sample * CLASSES, (sample + 1) * CLASSES);
    return Array.from(scores.keys())
      .sort((a, b) => scores[b] - scores[a])
      .slice(0, top)
      .map((index) => {
        const [wnid, name] = classes[index];
        return { wnid, name, score: scores[index] };
      });
  });
}
