/** What an experiment of the lecture is, and what it is given. */
import type { AugmentOn, OnBadPicture } from "@convscope/data";
import type { Device, KernelChoice, NdArray, Precision } from "@convscope/kernels";
import type { Batch, Model, Sequential } from "@convscope/layers";
import type { Output } from "../output.ts";

/** The convolutional bases that `--base` takes, by Keras's names. */
export type BaseName = "vgg16" | "vgg19" | "resnet50" | "mobilenet" | "xception" | "inception-v3";

/** How the base's pictures are scaled: 0 to 1 as the lecture does, or as its weights were trained. */
export type BasePreprocessing = "lecture" | "caffe" | "tf" | "torch";

/** Keras 2 goes on where the last validation ended, Keras 3 begins anew; `full` takes every picture once. */
export type ValidationMode = "full" | "rolling" | "restart";

/** What may be asked for on the command line; an experiment's `defaults` say which of it that one knows. */
export interface RunFlags {
  /** A folder with `train`, `validation` and, if need be, `test`, each with a folder per class. Default: drawn pets. */
  readonly data: string | undefined;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Of `rolling` and `restart`. */
  readonly validationSteps: number;
  readonly validation: ValidationMode;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** A checkpoint after every so many steps, besides that after each epoch. */
  readonly checkpointSteps: number | undefined;
  readonly base: BaseName;
  /** Mobilenet's width. */
  readonly alpha: number | undefined;
  /** The base's weights. Default: Keras's own, downloaded once. */
  readonly weights: string | undefined;
  /** Default: the lecture's for VGG, else that of the network. */
  readonly preprocess: BasePreprocessing | undefined;
  /** The run folder, or the model file, of the model to start from. */
  readonly from: string | undefined;
  /** The folders of the runs to compare. Default: all in `runs`. */
  readonly runs: readonly string[] | undefined;
  readonly kernels: KernelChoice;
  readonly precision: Precision;
  readonly workers: number | undefined;
  readonly badPictures: OnBadPicture;
}

/** The option of a flag: `batchSize` is --batch-size. */
export const optionOf = (flag: string): string =>
  `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Of every training: only what the lecture leaves open. `validation` is known by those that validate on batches. */
export const TRAINING_DEFAULTS = {
  data: undefined,
  seed: 0,
  checkpointSteps: undefined,
  kernels: "auto",
  precision: "float32",
  workers: undefined,
  badPictures: "throw",
} as const satisfies Partial<RunFlags>;

/** One experiment of the lecture: what is asked, what the lecture says, and how it is done. */
export interface Experiment<Name extends keyof RunFlags = keyof RunFlags> {
  readonly name: string;
  readonly question: string;
  /** What the lecture says came out. */
  readonly claim: string;
  /** The titles of its slides. */
  readonly slides: string;
  /** The flags that it knows, with the lecture's values; undefined where there is none. */
  readonly defaults: Pick<RunFlags, Name>;
  run(context: RunContext<Pick<RunFlags, Name>>): Promise<void>;
}

/** An experiment, whichever flags it knows. */
export type AnyExperiment = Omit<Experiment, "defaults"> & { readonly defaults: Partial<RunFlags> };

/** Keeps the types of an experiment's own flags: `export default experiment({ … })`. */
export const experiment = <Name extends keyof RunFlags>(it: Experiment<Name>): Experiment<Name> => it;

/** What an experiment works with. */
export interface RunContext<Flags = RunFlags> {
  /** As given on the command line, else the defaults; of a resumed run, as they were. */
  readonly flags: Flags;
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The lecture's folders. Drawn first where no `--data` is given; checked where it is. */
  directories(): Promise<Directories>;
  /** For `flowFromDirectory`, beside what the slide says: seed, workers, onBadPicture, signal, log. */
  readonly reading: Reading;
  /** The device; the first call opens it, and says which it is. After one was lost: the new one. */
  device(): Promise<Device>;
  /** The run's folder, claimed by the first call: for files of the experiment's own. */
  folder(): Promise<Folder>;
  /** Says something that a reader of the result must know, and keeps it for the report. */
  note(line: string): void;
  /** Does a training: everything from the first estimate to the report. */
  train(training: Training): Promise<Trained>;
}

export interface Directories {
  readonly train: string;
  readonly validation: string;
  /** Where there is one. */
  readonly test: string | undefined;
}

export interface Reading {
  readonly seed: number;
  readonly workers: number | undefined;
  readonly onBadPicture: OnBadPicture;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

export interface Folder {
  readonly path: string;
  /** Writes a file, whole or not at all. */
  write(name: string, content: string | Uint8Array): Promise<void>;
}

/** Which pictures a training saw, in the order of its samples: an iterator over a directory says this of itself. */
export interface Pictures {
  /** Relative to the directory, and whole. */
  readonly filenames: readonly string[];
  readonly filepaths: readonly string[];
  /** The class index of each. */
  readonly classes: ArrayLike<number>;
  /** Class name to index. */
  readonly classIndices: Readonly<Record<string, number>>;
}

/** Batches without end that can be taken up anywhere: an iterator over a directory. */
export interface PictureBatches extends Pictures {
  /** Where numbers are made of them, and they are transformed. */
  readonly augmentOn: AugmentOn;
  /** Batches of a pass. */
  readonly length: number;
  next(): Promise<IteratorResult<Batch>>;
  /** Goes on with batch `index` of pass `pass`. */
  restore(at: { readonly pass: number; readonly index: number }): void;
  /** Any batch, wherever the iteration stands. */
  batch(pass: number, index: number): Promise<Batch>;
  /** The pictures of a batch: positions in `filenames`. */
  indices(pass: number, index: number): ArrayLike<number>;
  close(): Promise<void>;
}

/** What was computed of pictures before: `x` [n, …], `y` [n], a row for each picture. */
export interface PictureArrays {
  readonly x: NdArray;
  readonly y: NdArray;
  readonly pictures: Pictures;
}

export type Samples = PictureBatches | PictureArrays;

export interface Feeds {
  /** Batches, or arrays: those are cut into batches of `flags.batchSize`, in a new order each epoch. */
  readonly training: Samples;
  readonly validation: Samples;
  /** Called once the training is over; undefined where there are no test pictures. */
  readonly test?: () => Promise<Samples>;
}

/** A training: built anew from this wherever it has to be. */
export interface Training {
  /** Opens what it learns from. Called once a sitting, and again where the device is lost within. */
  open(): Promise<Feeds>;
  /**
   * Layers, weights, what is frozen, compiled. Only a run that begins is built so: one that goes on has all of this from its
   * last checkpoint, by `loadModel`.
   */
  build(device: Device): Promise<Sequential | Model>;
  /** Writes files of the experiment's own into the run's folder, once the run is known there. */
  keep?(): Promise<void>;
  /** The measured answer to the question, in a sentence. */
  measured(results: Results): string;
  /** What the lecture says beside what was measured, number by number. */
  rows(results: Results): readonly ClaimRow[];
  /** What the report tells of data and base beside what every report does. */
  facts?(): readonly Facts[];
}

export interface Results {
  /** A list per value, one entry per epoch: loss, acc, val_loss, val_acc. */
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** Loss and accuracy on the test pictures, where there are any. */
  readonly test?: Readonly<Record<string, number>>;
}

export interface ClaimRow {
  readonly what: string;
  readonly claimed: string;
  readonly measured: string;
}

export interface Facts {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
}

/** A training that came to its end. */
export interface Trained extends Results {
  /** Where `model.h5` is. */
  readonly folder: Folder;
}
