import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { keyFromSeed } from "@convscope/kernels/philox";
import { makeFolder, removeFolders } from "@convscope/storage";
import { messageOf } from "@convscope/storage/message-of";
import { checkWorkers, createJobRunner } from "../workers/job-runner.ts";
import { type SizeRange, SPECIES } from "./draw-pet.ts";
import type { DrawPetJob } from "./draw-pet-file.ts";

/** What decides the pictures. */
export interface DrawnPets {
  /** An integer from 0; default 0. */
  readonly seed: number;
  /** Pictures of each class; default 1000, 500 and 500. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Shortest and longest side in pixels; default `[180, 320]`. */
  readonly sizeRange: SizeRange;
}

export interface DrawPetsOptions extends Partial<DrawnPets> {
  /** Threads that draw; default one per core; 0 draws in this thread. Does not change the pictures. */
  readonly workers?: number;
  /** Called after each picture. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborted, it ends the drawing: its reason is thrown, and nothing is left. */
  readonly signal?: AbortSignal;
}

export interface DrawPetsResult {
  readonly directory: string;
  readonly pictures: number;
  /** false: the same pictures were there already, and nothing was touched. */
  readonly isNew: boolean;
}

const SPLITS = ["train", "validation", "test"] as const;
const MANIFEST = "drawn-pets.json";

/** Counts changes of the drawings and of their encoding, so that old pictures are not taken for new ones. */
const VERSION = 2;

/**
 * Draws cats and dogs into JPEG files in the lecture's layout: `train/cats/cat.0.jpg` …, the numbers going on through
 * `validation` and `test`. The folder appears whole or not at all, and the same call again finds it done.
 *
 * Picture `dog.17` depends on the seed and the size range alone, not on the counts or the workers.
 * @param directory new, empty, or the result of an earlier call with the same options
 * @throws for a folder that holds anything else, one that cannot be written, and options out of range
 */
export async function drawPets(directory: string, options: DrawPetsOptions = {}): Promise<DrawPetsResult> {
  const { seed = 0, train = 1000, validation = 500, test = 500, sizeRange = [180, 320] } = options;
  const { workers = Math.min(availableParallelism(), 8), onProgress, signal } = options;
  const pets: DrawnPets = { seed, train, validation, test, sizeRange };
  checkPets(pets);
  checkWorkers("drawPets", workers);
  const target = resolve(directory);
  const pictures = SPECIES.length * (train + validation + test);
  if (await isDrawn(target, directory, pets)) return { directory, pictures, isNew: false };

  const temporary = `${target}.${randomUUID()}.part`;
  const runner = createJobRunner(workers);
  let made: readonly string[] = [];
  try {
    made = await makeFolder(dirname(target));
    const jobs = await layOut(temporary, pets);
    let done = 0;
    await Promise.all(
      jobs.map(async (job) => {
        await runner.run("drawPetFile", job);
        signal?.throwIfAborted();
        done += 1;
        onProgress?.(done, pictures);
      }),
    );
    await writeFile(join(temporary, MANIFEST), manifestOf(pets));
    await rmdir(target).catch(() => {}); // an empty folder makes way; rename says so if it does not
    await rename(temporary, target);
  } catch (error) {
    await runner.close(); // before the folder goes: nobody may still write into it
    await rm(temporary, { recursive: true, force: true });
    await removeFolders(made);
    signal?.throwIfAborted();
    throw new Error(`[drawPets] ${directory} cannot be written: ${messageOf(error)}`, { cause: error });
  } finally {
    await runner.close();
  }
  return { directory, pictures, isNew: true };
}

const manifestOf = (pets: DrawnPets): string =>
  `${JSON.stringify({ drawnPets: VERSION, ...pets }, null, 2)}\n`;

/** Makes the folders, and lists what goes into them. */
async function layOut(root: string, pets: DrawnPets): Promise<DrawPetJob[]> {
  const jobs: DrawPetJob[] = [];
  let first = 0;
  for (const split of SPLITS) {
    for (const species of SPECIES) {
      const folder = join(root, split, `${species}s`);
      await makeFolder(folder);
      for (let index = first; index < first + pets[split]; index++) {
        const path = join(folder, `${species}.${index}.jpg`);
        jobs.push({ path, species, index, seed: pets.seed, sizeRange: pets.sizeRange });
      }
    }
    first += pets[split];
  }
  return jobs;
}

/**
 * Whether the pictures are there already.
 * @throws where something else is there
 */
async function isDrawn(target: string, directory: string, pets: DrawnPets): Promise<boolean> {
  let entries: string[];
  try {
    entries = await readdir(target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return false;
    throw new Error(
      `[drawPets] ${directory} ${code === "ENOTDIR" ? "is a file" : `cannot be read (${messageOf(error)})`}; a folder was needed.`,
      { cause: error },
    );
  }
  if (entries.length === 0) return false;
  if (!entries.includes(MANIFEST)) {
    throw new Error(
      `[drawPets] ${directory} is not empty, and its files are not drawn pets: name a new or an empty folder.`,
    );
  }
  const found = await readFile(join(target, MANIFEST), "utf8");
  if (found !== manifestOf(pets)) {
    throw new Error(
      `[drawPets] ${directory} holds drawn pets of other options (${found.replace(/\s+/g, " ").trim()}): ` +
        "name another folder, or remove this one.",
    );
  }
  for (const split of SPLITS) {
    for (const species of SPECIES) {
      const files = await readdir(join(target, split, `${species}s`)).catch(() => []);
      if (files.length < pets[split]) {
        throw new Error(
          `[drawPets] ${directory} has lost pictures: ${split}/${species}s holds ${files.length} of ${pets[split]}. ` +
            "Remove the folder to draw it again.",
        );
      }
    }
  }
  return true;
}

function checkPets({ seed, sizeRange, ...counts }: DrawnPets): void {
  keyFromSeed(seed); // throws for a seed that is none
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 0 || count > 1e6) {
      throw new Error(
        `[drawPets] ${name} is ${count}; a whole number of pictures per class was needed, 0 to 1000000.`,
      );
    }
  }
  const [shortest, longest] = sizeRange;
  const isRange =
    Number.isInteger(shortest) && Number.isInteger(longest) && shortest >= 32 && longest <= 4096;
  if (!isRange || shortest > longest) {
    throw new Error(
      `[drawPets] sizeRange is ${JSON.stringify(sizeRange)}; [shortest, longest] side from 32 to 4096 pixels was needed.`,
    );
  }
}
