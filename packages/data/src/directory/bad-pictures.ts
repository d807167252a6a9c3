import { keepSamples, type Samples } from "./list-samples.ts";
import type { PictureFiles } from "./picture-files.ts";
import type { PictureSource } from "./picture-source.ts";

/**
 * What is done about pictures that cannot be read: `throw` when one is met, naming it; `check` all of them before the
 * first batch, and name all that are bad in one error; `skip`: check, and leave the bad ones out.
 */
export type OnBadPicture = "throw" | "check" | "skip";

const CHOICES: readonly OnBadPicture[] = ["throw", "check", "skip"];

export function checkOnBadPicture(where: string, choice: OnBadPicture): void {
  if (CHOICES.includes(choice)) return;
  throw new Error(
    `[${where}] onBadPicture is ${JSON.stringify(choice)}; expected one of: "throw", "check", "skip".`,
  );
}

/** A picture that cannot be read: its number, and why. */
interface Found {
  readonly index: number;
  readonly reason: string;
}

/**
 * Reads every picture. What fits the source's budget is kept, so that the first pass need not read it again.
 * @param together how many are asked for at a time
 */
async function findBadPictures(
  { filenames }: Samples,
  source: PictureSource,
  together: number,
  signal: AbortSignal | undefined,
): Promise<Found[]> {
  const found: Found[] = [];
  let next = 0;
  const checkInTurn = async () => {
    while (next < filenames.length) {
      signal?.throwIfAborted();
      const index = next++;
      const reason = await source.check(filenames[index]);
      if (reason !== undefined) found.push({ index, reason });
    }
  };
  await Promise.all(Array.from({ length: together }, checkInTurn));
  return found.sort((a, b) => a.index - b.index);
}

export interface SoundOptions {
  readonly where: string;
  readonly files: PictureFiles;
  readonly source: PictureSource;
  readonly together: number;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * The samples that can be read.
 * @throws for bad ones, unless they are to be left out; and where none of a class would be left
 */
export async function soundSamples(
  samples: Samples,
  onBadPicture: Exclude<OnBadPicture, "throw">,
  { where, files, source, together, log, signal }: SoundOptions,
): Promise<Samples> {
  const found = await findBadPictures(samples, source, together, signal);
  if (found.length === 0) return samples;
  const count = `${found.length} of ${samples.filenames.length} images`;
  const lines = found.map(({ index, reason }) => `  ${files.filepath(samples.filenames[index])} ${reason}`);
  if (onBadPicture === "check") {
    throw new Error(`[${where}] ${count} of ${files.name} cannot be read:\n${lines.join("\n")}`);
  }
  const bad = new Set(found.map(({ index }) => index));
  const sound = keepSamples(samples, (index) => !bad.has(index));
  for (const [name, index] of Object.entries(samples.classIndices)) {
    if (samples.classes.includes(index) && !sound.classes.includes(index)) {
      throw new Error(
        `[${where}] no image of class ${JSON.stringify(name)} of ${files.name} can be read:\n${lines.join("\n")}`,
      );
    }
  }
  log(`Left out ${count} that cannot be read:`);
  for (const line of lines) log(line);
  return sound;
}
