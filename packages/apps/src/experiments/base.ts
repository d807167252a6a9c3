/** The pretrained convolutional base of an experiment: which network, whose weights, how its pictures are made ready. */
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Device, NdArray } from "@convscope/kernels";
import {
  applicationByName,
  type Model,
  preprocessInput,
  preprocessModeOf,
  type WeightFile,
  weightFileOf,
} from "@convscope/layers";
import { hashFile } from "@convscope/storage";
import { fetchFile } from "../commands/fetch-weights.ts";
import { jsonText, type Output } from "../output.ts";
import type { BaseName, BasePreprocessing, Facts, RunContext, RunFlags } from "./experiment.ts";

/** The flags of an experiment with a base. */
export const BASE_DEFAULTS = {
  base: "vgg16",
  alpha: undefined,
  weights: undefined,
  preprocess: undefined,
} as const satisfies Partial<RunFlags>;

type BaseContext = RunContext<Pick<RunFlags, keyof typeof BASE_DEFAULTS>>;

/** What is known of a base, as plain data: it lies in the run's folder, for whoever goes on from there. */
export interface BaseRecord {
  readonly name: BaseName;
  /** Mobilenet's width. */
  readonly alpha?: number;
  readonly imageSize: readonly [height: number, width: number];
  readonly preprocess: BasePreprocessing;
  readonly weights: WeightsRecord;
  /** Of a run that began with another one's model. */
  readonly startedFrom?: StartedFrom;
}

/** Where a base's weights came from; undefined of a model file of which nothing else is known. */
export type WeightsRecord =
  | {
      readonly file: string;
      readonly md5: string;
      /** Of the file that Keras has published for this base; null where Keras names none. */
      readonly publishedMd5: string | null;
    }
  | undefined;

export interface StartedFrom {
  readonly model: string;
  /** The pictures that it learnt from, where that is known: a folder, or null for drawn pets. */
  readonly data?: string | null;
  /** On the validation pictures, mean of its last five epochs, where that is known. */
  readonly validationAccuracy?: number;
}

/** In a run's folder. */
const BASE_FILE = "base.json";

/** The lecture's 150×150. Of mobilenet Keras has weights for squares of 128, 160, 192 and 224 alone: its own size. */
export const imageSizeOf = (name: BaseName): readonly [number, number] =>
  name === "mobilenet" ? [224, 224] : [150, 150];

/**
 * The lecture feeds VGG16 with values from 0 to 1. The networks with batch normalization are fed as they were trained: at
 * another range the statistics that they have learnt are not those of their activations, and the features are worth little.
 */
export const preprocessOf = (name: BaseName): BasePreprocessing =>
  name === "vgg16" || name === "vgg19" ? "lecture" : preprocessModeOf(name);

const PREPROCESSING: Readonly<Record<BasePreprocessing, string>> = {
  lecture: "values divided by 255",
  caffe: "BGR minus ImageNet's mean",
  tf: "values from -1 to 1",
  torch: "minus ImageNet's mean, over its deviation",
};

export class Base {
  readonly record: BaseRecord;

  constructor(record: BaseRecord) {
    this.record = record;
  }

  /**
   * The base of a run: one that goes on keeps the one that it began with. What a reader of the result must know of it is said.
   * @param begin finds it for a run that begins
   */
  static async open(
    context: Pick<RunContext, "folder" | "note">,
    begin: () => Promise<BaseRecord>,
  ): Promise<Base> {
    const folder = await context.folder();
    const base = (await Base.of(folder.path)) ?? new Base(await begin());
    for (const note of base.notes) context.note(note);
    return base;
  }

  /** The base of the run in a folder, where it has one. */
  static async of(folder: string): Promise<Base | undefined> {
    const text = await readFile(join(folder, BASE_FILE), "utf8").catch(() => undefined);
    return text === undefined ? undefined : new Base(JSON.parse(text) as BaseRecord);
  }

  /** Keeps it with a run. */
  async keep(context: Pick<RunContext, "folder">): Promise<void> {
    await (await context.folder()).write(BASE_FILE, jsonText(this.record));
  }

  get name(): BaseName {
    return this.record.name;
  }

  get imageSize(): readonly [height: number, width: number] {
    return this.record.imageSize;
  }

  /** For `ImageDataGenerator`: how pictures are made ready. */
  get standardization(): { rescale: number } | { preprocessingFunction: (x: NdArray) => NdArray } {
    const { preprocess } = this.record;
    if (preprocess === "lecture") return { rescale: 1 / 255 };
    return { preprocessingFunction: (x) => preprocessInput(x, preprocess) };
  }

  /** The convolutional base with its weights: `VGG16(weights='imagenet', include_top=False, input_shape=(150, 150, 3))`. */
  async build(device: Device): Promise<Model> {
    const { name, alpha, imageSize, weights } = this.record;
    if (!weights || (await hashFile("md5", weights.file)) !== weights.md5) {
      throw new Error(
        `[run] ${weights?.file} has changed since the run began: put the file with the MD5 ${weights?.md5} there.`,
      );
    }
    const inputShape = [...imageSize, 3];
    return applicationByName(name, { alpha, includeTop: false, inputShape, weights: weights.file, device });
  }

  /** What a reader of the result must know. */
  get notes(): readonly string[] {
    return [this.#preprocessingNote, ...this.#weightsNotes];
  }

  get #preprocessingNote(): string {
    const { name, preprocess } = this.record;
    const note = `Preprocessing: ${preprocess} (${PREPROCESSING[preprocess]}).`;
    const trained = preprocessModeOf(name);
    if (preprocess !== trained) {
      const better = `--preprocess ${trained} (${PREPROCESSING[trained]})`;
      return `${note} The weights of ${name} were trained on ${trained}: ${better} may do better.`;
    }
    return preprocessOf(name) === "lecture"
      ? note
      : `${note} So ${name} was trained; the lecture's division by 255 is for VGG16.`;
  }

  get #weightsNotes(): string[] {
    const { name, weights } = this.record;
    if (!weights) return ["Whose weights the base has is not known: the model file does not say."];
    const { file, md5, publishedMd5 } = weights;
    if (publishedMd5 === md5) return [];
    const is = `${basename(file)} has the MD5 ${md5}`;
    if (publishedMd5 !== null) {
      return [
        `THE WEIGHTS ARE NOT THE PUBLISHED ONES: ${is}, Keras's file for ${name} has ${publishedMd5}. ` +
          "The results say nothing about the lecture's.",
      ];
    }
    return [
      `Whether the weights are the published ones cannot be told: ${is}, and Keras names none for its file.`,
    ];
  }

  facts(): Facts {
    const { name, alpha, imageSize, preprocess, weights, startedFrom } = this.record;
    return {
      title: "Base",
      rows: [
        ["Network", alpha === undefined ? name : `${name}, alpha ${alpha}`],
        ["Pictures", `${imageSize.join("×")}, ${preprocess}: ${PREPROCESSING[preprocess]}`],
        ["Weights", this.#whose],
        ...(weights ? ([["File of the weights", `${weights.file}, MD5 ${weights.md5}`]] as const) : []),
        ...(startedFrom ? ([["Started from", startedFrom.model]] as const) : []),
      ],
    };
  }

  get #whose(): string {
    const { weights } = this.record;
    if (!weights) return "not known";
    if (weights.publishedMd5 === null) return "Keras names no MD5 for them";
    return weights.publishedMd5 === weights.md5 ? "as Keras has published them" : "NOT the published ones";
  }
}

/**
 * The base that the flags ask for. Its weights are downloaded where none are given.
 * @throws for a width of a network that has none, and for weights that are not there
 */
export async function baseAskedFor({
  flags,
  output,
  signal,
}: Pick<BaseContext, "flags" | "output" | "signal">): Promise<BaseRecord> {
  const { base: name, alpha, weights, preprocess = preprocessOf(name) } = flags;
  if (alpha !== undefined && name !== "mobilenet") {
    throw new Error(`[run] --alpha is the width of mobilenet; ${name} has none.`);
  }
  const imageSize = imageSizeOf(name);
  const published = (): WeightFile => weightFileOf(name, { includeTop: false, alpha, size: imageSize[0] });
  if (weights !== undefined && !(await stat(weights).catch(() => undefined))?.isFile()) {
    throw new Error(
      `[run] there is no file ${weights}: --weights wants one with the weights of ${name} without its top.`,
    );
  }
  const file = weights !== undefined ? resolve(weights) : await downloaded(published(), output, signal);
  return {
    name,
    ...(alpha !== undefined && { alpha }),
    imageSize,
    preprocess,
    weights: { file, md5: await hashFile("md5", file), publishedMd5: md5Of(published) },
  };
}

/** @throws where it cannot be had, with the other way to give one */
async function downloaded(file: WeightFile, output: Output, signal: AbortSignal): Promise<string> {
  try {
    return (await fetchFile(file, output, { signal })).path;
  } catch (error) {
    if (error instanceof Error && !signal.aborted) {
      error.message += " A file that you have is taken by --weights.";
    }
    throw error;
  }
}

/** @returns null where Keras has no such file, or no MD5 for it */
function md5Of(published: () => WeightFile): string | null {
  try {
    return published().md5 ?? null;
  } catch {
    return null; // a width of mobilenet that was never published
  }
}
