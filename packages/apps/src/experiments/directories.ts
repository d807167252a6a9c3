import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { listPictures } from "@convscope/data";
import { drawSaying } from "../commands/draw-data.ts";
import type { Output } from "../output.ts";
import { DRAWN_PETS } from "./defaults.ts";
import type { Directories } from "./experiment.ts";

/** The lecture's folders of a data set; without one, of drawn pets. @throws where it is not laid out so */
export async function openDirectories(
  data: string | undefined,
  drawing: { readonly output: Output; readonly workers: number | undefined; readonly signal: AbortSignal },
): Promise<Directories> {
  const { output, ...options } = drawing;
  if (data !== undefined) await checkLayout(data);
  else await drawSaying(output, DRAWN_PETS, { seed: 0, ...options });
  const [train, validation, test] = ["train", "validation", "test"].map((name) =>
    join(data ?? DRAWN_PETS, name),
  );
  return { train, validation, test: (await hasPictures(test, train)) ? test : undefined };
}

/**
 * Whether there are pictures of each class of `train`.
 * @throws where there are of some: after all epochs it would be too late to say so
 */
async function hasPictures(test: string, train: string): Promise<boolean> {
  const classes = (await readdir(train, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const counts = await Promise.all(
    classes.map(async ({ name }) => {
      const folder = join(test, name);
      return (await isFolder(folder)) ? (await listPictures(folder, { followLinks: false })).length : 0;
    }),
  );
  const lacking = classes.find((_, i) => counts[i] === 0);
  if (lacking && counts.some((count) => count > 0)) {
    throw new Error(
      `[run] ${test} has no pictures of ${lacking.name}: put some there, or leave the whole folder test out.`,
    );
  }
  return lacking === undefined && classes.length > 0;
}

async function checkLayout(data: string): Promise<void> {
  const layout = "--data wants a folder with train and validation, each with a folder per class.";
  for (const path of [data, join(data, "train"), join(data, "validation")]) {
    if (await isFolder(path)) continue;
    const isThere = (await stat(path).catch(() => undefined)) !== undefined;
    throw new Error(
      isThere ? `[run] ${path} is no folder: ${layout}` : `[run] there is no folder ${path}: ${layout}`,
    );
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;
