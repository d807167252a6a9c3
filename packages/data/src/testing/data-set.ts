import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@convscope/storage/testing";
import { saveImg } from "../save-img.ts";
import type { Batch } from "../types.ts";

/** Classes with one-coloured 2 x 2 pictures; picture number n of all has the value n. */
export async function dataSet(counts: Readonly<Record<string, number>>): Promise<string> {
  const folder = await temporaryFolder();
  let value = 0;
  for (const [name, count] of Object.entries(counts)) {
    await mkdir(join(folder, name));
    for (let i = 0; i < count; i++, value++) {
      const data = new Uint8Array(12).fill(value);
      await saveImg(join(folder, name, `${name}.${String(i).padStart(3, "0")}.png`), {
        shape: [2, 2, 3],
        data,
      });
    }
  }
  return folder;
}

/** The number of each picture in a batch of such pictures, not rescaled. */
export const numbers = ({ x }: Batch): number[] => [...x.data].filter((_, i) => i % 12 === 0);

export async function take<Made>(batches: AsyncIterator<Made, undefined>, count: number): Promise<Made[]> {
  const taken: Made[] = [];
  for (let i = 0; i < count; i++) taken.push((await batches.next()).value!);
  return taken;
}
