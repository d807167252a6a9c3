import type { AugmentOn } from "../augment-on-gpu.ts";
import { checkNames, type OptionNames } from "../option-names.ts";
import { webThreads } from "../workers/threads-browser.ts";
import type { DirectoryIterator } from "./directory-iterator.ts";
import { type FlowFromPicturesOptions, flowOptionNames } from "./flow-options.ts";
import { heldFiles, type PickedFiles } from "./held-files.ts";
import { openFlow } from "./open-flow.ts";

export interface FlowFromFilesOptions<On extends AugmentOn = "cpu"> extends FlowFromPicturesOptions<On> {
  /**
   * In a browser: makes a worker that runs `@convscope/data/worker`, such as
   * `() => new Worker(new URL("./my-worker.js", import.meta.url), { type: "module" })`, whose file is
   * `import "@convscope/data/worker"`. Without it the page's own thread decodes and augments.
   */
  readonly makeWorker?: () => Worker;
}

const optionNames: OptionNames<FlowFromFilesOptions<AugmentOn>> = { ...flowOptionNames, makeWorker: true };

/**
 * Reads a data set from files that a page was given, as `flowFromDirectory` reads one from disk: the same classes, order,
 * options and batches.
 * @param files a picked directory, the files of an `<input type="file" webkitdirectory>`, or `{ path, blob | bytes }` each
 */
export async function flowFromFiles<On extends AugmentOn = "cpu">(
  files: PickedFiles,
  options: FlowFromFilesOptions<On> = {},
): Promise<DirectoryIterator<On>> {
  checkNames("flowFromFiles", options, optionNames);
  const { makeWorker } = options;
  return openFlow(
    {
      where: "flowFromFiles",
      files: () => heldFiles(files),
      startThread: makeWorker && webThreads(makeWorker),
    },
    options,
  );
}
