import { stat } from "node:fs/promises";
import { type ImageArray, type Interpolation, imgToArray, loadImg } from "@convscope/data";
import type { Device, NdArray } from "@convscope/kernels";
import {
  type ApplicationName,
  applicationByName,
  classIndexFile,
  decodePredictions,
  loadModel,
  type Model,
  type PreprocessMode,
  preprocessInput,
  preprocessModeOf,
  readModelFile,
  type Sequential,
  weightFileOf,
} from "@convscope/layers";
import { deviceLine, openDevice } from "../device.ts";
import { Output } from "../output.ts";
import { COLUMNS, wrapped } from "../report/wrapped.ts";
import { checkPublished, fetchFile } from "./fetch-weights.ts";
import { applicationNameOf, checkFile, isApplicationName } from "./model-of.ts";

/** Besides Keras's: `lecture`, values divided by 255; `none`, 0 … 255 as they are. */
export type Preprocessing = PreprocessMode | "lecture" | "none";

export interface PredictImagesOptions {
  readonly model: string;
  readonly weights?: string;
  readonly alpha?: number;
  readonly inputSize?: readonly [height: number, width: number];
  readonly top: number;
  readonly classIndex?: string;
  readonly preprocess?: Preprocessing;
  readonly interpolation: Interpolation;
  readonly json?: boolean;
}

/** Pictures that are computed together: what is in memory at a time. */
const BATCH = 8;
const IMAGENET_CLASSES = 1000;

/** What the model says of a picture's class. */
interface Scored {
  readonly index: number;
  readonly wnid?: string;
  readonly name?: string;
  readonly score: number;
}

/** @throws {RangeError} for options that do not go together */
export function checkPredict({ model, alpha, inputSize, weights }: PredictImagesOptions): void {
  if (alpha !== undefined && model !== "mobilenet") {
    throw new RangeError(`--alpha is the width of mobilenet; ${model} has none.`);
  }
  if (model === "mobilenet" && inputSize && inputSize[0] !== inputSize[1]) {
    throw new RangeError("--input-size of mobilenet is one number: its published weights are of squares.");
  }
  if (isApplicationName(model) && weights === undefined) {
    checkPublished(model, { alpha, size: inputSize?.[0] });
  }
}

/** Says what a model sees in pictures: the classes with the highest scores. */
export async function predict(paths: readonly string[], options: PredictImagesOptions): Promise<void> {
  const { top, json = false } = options;
  const output = new Output(json);
  const name = isApplicationName(options.model) ? options.model : undefined;
  if (name === undefined) checkFile("predict", options.model);
  await checkPictures(paths);
  using device = await openDevice("auto");
  const model = await openModel(name, options, device, output);
  const [height, width, channels] = inputOf(model, name, options.inputSize);
  const classes = classesOf(model);
  const preprocess = options.preprocess ?? preprocessOf(name ?? model.name, output);
  if (channels !== 3 && (preprocess === "caffe" || preprocess === "torch")) {
    throw new Error(
      `[predict] --preprocess ${preprocess} is for RGB; ${model.name} takes ${channels} channels.`,
    );
  }
  const classIndex = await classIndexOf(name, classes, options, output);
  if (!json) output.say(deviceLine(device.adapter));

  const results: { image: string; classes: readonly Scored[] }[] = [];
  for (let start = 0; start < paths.length; start += BATCH) {
    const batch = paths.slice(start, start + BATCH);
    const pictures = await Promise.all(
      batch.map((path) =>
        loadImg(path, {
          targetSize: [height, width],
          interpolation: options.interpolation,
          colorMode: channels === 1 ? "grayscale" : channels === 4 ? "rgba" : "rgb",
        }),
      ),
    );
    const x = preprocessed(stacked(pictures), preprocess);
    const y = (await model.predict(x, { batchSize: BATCH })) as NdArray;
    for (const [i, path] of batch.entries()) {
      const scores = y.data.subarray(i * classes, (i + 1) * classes);
      if (scores.some(Number.isNaN)) {
        throw new Error(`[predict] ${model.name} gives NaN for ${path}: are its weights whole, and its own?`);
      }
      const best = await bestOf(scores, top, classIndex);
      results.push({ image: path, classes: best });
      if (!json) for (const line of text(path, best, classes)) output.say(line);
    }
  }
  model.close();
  if (classes === IMAGENET_CLASSES && classIndex === undefined) {
    output.say("Names instead of numbers: --class-index, with Keras's imagenet_class_index.json.");
  }
  output.result({
    model: model.name,
    adapter: device.adapter,
    inputShape: [height, width, channels],
    preprocess,
    results,
  });
}

/** Before anything is loaded or downloaded. */
async function checkPictures(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isThere = (await stat(path).catch(() => undefined)) !== undefined;
    if (!isThere) throw new Error(`[predict] ${path} does not exist.`);
  }
}

async function openModel(
  name: ApplicationName | undefined,
  { model: file, weights, alpha, inputSize }: PredictImagesOptions,
  device: Device,
  output: Output,
): Promise<Model | Sequential> {
  const warn = (text: string) => console.error(`convscope: ${text}`);
  if (name === undefined) {
    const model = await loadModel(file, { compile: false, device, warn }).catch(async (error) => {
      throw (await holdsWeightsAlone(file)) ? needsItsNetwork(file) : error;
    });
    if (weights !== undefined) await model.loadWeights(weights, { warn });
    return model;
  }
  const given =
    weights ?? (await fetchFile(weightFileOf(name, { alpha, size: inputSize?.[0] }), output)).path;
  const inputShape = inputSize && [...inputSize, 3];
  return applicationByName(name, { alpha, inputShape, weights: given, device });
}

const holdsWeightsAlone = (file: string): Promise<boolean> =>
  readModelFile(file).then(
    ({ modelConfig }) => modelConfig === undefined,
    () => false,
  );

const needsItsNetwork = (file: string) =>
  new Error(
    `[predict] ${file} holds weights and no layers: name their network, --model vgg16 --weights ${file}; weights inspect says which it is.`,
  );

/** What a picture must be for the model. @throws where it takes something else */
function inputOf(
  model: Model | Sequential,
  name: ApplicationName | undefined,
  given: readonly [number, number] | undefined,
): readonly [height: number, width: number, channels: number] {
  const shapes = model.inputs.map(({ shape }) => shape);
  const [shape] = shapes;
  const channels = shape.at(-1);
  if (shapes.length !== 1 || shape.length !== 3 || (channels !== 1 && channels !== 3 && channels !== 4)) {
    throw new Error(
      `[predict] ${model.name} takes ${shapes.map((each) => `[${each.map((side) => side ?? "any").join(", ")}]`).join(" and ")}; ` +
        "one picture [height, width, channels] was needed, of 1, 3 or 4 channels.",
    );
  }
  const sides = [shape[0] ?? given?.[0], shape[1] ?? given?.[1]];
  const [height, width] = sides;
  if (height === undefined || width === undefined) {
    throw new Error(`[predict] ${model.name} takes pictures of any size: say which with --input-size.`);
  }
  if (name === undefined && given && (given[0] !== height || given[1] !== width)) {
    throw new Error(
      `[predict] ${model.name} takes pictures of ${height} × ${width} pixels: leave out --input-size.`,
    );
  }
  return [height, width, channels];
}

/** @throws where a picture's result is not a list of scores */
function classesOf(model: Model | Sequential): number {
  const shapes = model.outputs.map(({ shape }) => shape);
  const [[classes]] = shapes;
  if (shapes.length === 1 && shapes[0].length === 1 && typeof classes === "number") return classes;
  throw new Error(
    `[predict] ${model.name} gives ${shapes.map((shape) => `[${shape.map((side) => side ?? "any").join(", ")}]`).join(" and ")} ` +
      "for a picture; one score a class was needed: a network with its classifier on top.",
  );
}

/** By the architecture's name: `mobilenet_0.25_224`. */
function preprocessOf(name: string, output: Output): Preprocessing {
  if (isApplicationName(name)) return preprocessModeOf(name);
  const known = applicationNameOf(name);
  const preprocess = known ? preprocessModeOf(known) : "lecture";
  const why = known
    ? `the model is called ${name}, as ${known} is`
    : "as in the lecture, values are divided by 255";
  const note = `Preprocessing: ${preprocess} (${why}); --preprocess says otherwise.`;
  for (const line of wrapped(note, COLUMNS)) output.say(line);
  return preprocess;
}

function stacked(pictures: readonly ImageArray[]): NdArray {
  const arrays = pictures.map((picture) => imgToArray(picture));
  const [{ shape, data }] = arrays;
  const all = new Float32Array(arrays.length * data.length);
  arrays.forEach((array, i) => {
    all.set(array.data, i * data.length);
  });
  return { shape: [arrays.length, ...shape], data: all };
}

function preprocessed(x: NdArray, how: Preprocessing): NdArray {
  if (how === "none") return x;
  if (how === "lecture") return { shape: x.shape, data: x.data.map((value) => value * Math.fround(1 / 255)) };
  return preprocessInput(x, how);
}

/** The file with the classes' names: where the network is one for ImageNet, or it was given. */
async function classIndexOf(
  name: ApplicationName | undefined,
  classes: number,
  { classIndex }: PredictImagesOptions,
  output: Output,
): Promise<string | undefined> {
  if (classes !== IMAGENET_CLASSES) {
    if (classIndex === undefined) return undefined;
    throw new Error(`[predict] --class-index has 1000 classes; the model has ${classes}.`);
  }
  if (classIndex !== undefined || name === undefined) return classIndex;
  return (await fetchFile(classIndexFile, output)).path;
}

/** The highest scores, the highest first. */
async function bestOf(scores: Float32Array, top: number, classIndex: string | undefined): Promise<Scored[]> {
  const best = Array.from(scores.keys())
    .sort((a, b) => scores[b] - scores[a])
    .slice(0, top)
    .map((index) => ({ index, score: scores[index] }));
  if (classIndex === undefined) return best;
  const [named] = await decodePredictions({ shape: [1, scores.length], data: scores }, { top, classIndex });
  return best.map((each, i) => ({ ...each, wnid: named[i].wnid, name: named[i].name }));
}

function text(path: string, best: readonly Scored[], classes: number): string[] {
  if (classes === 1) return [`${path}  ${best[0].score.toFixed(4)}`];
  return [
    path,
    ...best.map(({ index, score, name }) => `  ${score.toFixed(4).padStart(7)}  ${name ?? `class ${index}`}`),
  ];
}
