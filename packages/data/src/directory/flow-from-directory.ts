import { stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "@convscope/storage";
import { messageOf } from "@convscope/storage/message-of";
import type { AugmentOn } from "../augment-on-gpu.ts";
import { checkNames, type OptionNames } from "../option-names.ts";
import type { JobRunner } from "../workers/job-runner.ts";
import { directoryFiles } from "./directory-files.ts";
import type { DirectoryIterator, SavePicture } from "./directory-iterator.ts";
import { type FlowFromPicturesOptions, flowOptionNames } from "./flow-options.ts";
import { openFlow } from "./open-flow.ts";

const SAVE_FORMATS = ["png", "jpeg", "jpg"] as const;

/** Keras's arguments of `flow_from_directory`, and our own. */
export interface FlowFromDirectoryOptions<On extends AugmentOn = "cpu"> extends FlowFromPicturesOptions<On> {
  /** Whether links to folders inside a class are entered; default false. */
  readonly followLinks?: boolean;
  /** A folder into which every picture of a batch is put as it is handed out, to look at: stretched to 0 … 255. */
  readonly saveToDir?: string;
  /** How their names begin: `{prefix}_{index}_{hash}.{format}`; default `""`. The hash is of the seed's streams. */
  readonly savePrefix?: string;
  /** Default `"png"`. */
  readonly saveFormat?: (typeof SAVE_FORMATS)[number];
}

const optionNames: OptionNames<FlowFromDirectoryOptions<AugmentOn>> = {
  ...flowOptionNames,
  followLinks: true,
  saveToDir: true,
  savePrefix: true,
  saveFormat: true,
};

/**
 * Reads a data set from a directory with one sub-folder per class: Keras's `flow_from_directory`.
 * @param directory with a sub-folder for each class; pictures in their sub-folders count for the class
 * @returns batches without end, `x` float32 `[n, height, width, channels]`, `y` as the class mode says
 * @throws for a missing or empty directory or class, an option out of range, and `binary` with other than 2 classes
 */
export async function flowFromDirectory<On extends AugmentOn = "cpu">(
  directory: string,
  options: FlowFromDirectoryOptions<On> = {},
): Promise<DirectoryIterator<On>> {
  checkNames("flowFromDirectory", options, optionNames);
  const { followLinks = false, saveFormat = "png" } = options;
  if (!SAVE_FORMATS.includes(saveFormat)) {
    const known = SAVE_FORMATS.map((name) => JSON.stringify(name)).join(", ");
    throw new Error(
      `[flowFromDirectory] saveFormat is ${JSON.stringify(saveFormat)}; expected one of: ${known}.`,
    );
  }
  if (options.saveToDir !== undefined && options.augmentOn === "gpu") {
    throw new Error('[flowFromDirectory] saveToDir needs the finished pictures here: use augmentOn: "cpu".');
  }
  return openFlow(
    {
      where: "flowFromDirectory",
      files: () => directoryFiles(directory, followLinks),
      saver: (runner) => saverTo(runner, options),
    },
    options,
  );
}

async function saverTo(
  runner: JobRunner,
  { saveToDir, savePrefix = "", saveFormat = "png" }: FlowFromDirectoryOptions<AugmentOn>,
): Promise<SavePicture | undefined> {
  if (saveToDir === undefined) return undefined;
  try {
    await makeFolder(saveToDir);
    if (!(await stat(saveToDir)).isDirectory()) throw new Error("it is no folder");
  } catch (error) {
    throw new Error(`[flowFromDirectory] saveToDir ${saveToDir} cannot be used: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  return (index, fileNumber, picture, dataFormat) =>
    runner.run("savePicture", {
      path: join(saveToDir, `${savePrefix}_${index}_${fileNumber}.${saveFormat}`),
      picture,
      dataFormat,
    });
}
