import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A path in the folder `shared` beside the repository, which holds vectors and data to check against. */
export const sharedPath = (path: string): string =>
  fileURLToPath(new URL(`../../../../../shared/${path}`, import.meta.url));

/** Whether it is there. Where it is not, the tests that need it are skipped, and this says so. */
export function hasShared(path: string): boolean {
  const exists = existsSync(sharedPath(path));
  if (!exists) console.log(`skipped: ../shared/${path} is not there`);
  return exists;
}
