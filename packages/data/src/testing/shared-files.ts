import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";

const given = env.CONVSCOPE_DATA;
/** Those that are looked in: the folder that CONVSCOPE_DATA names, or the one in which it lies. */
const folders = given
  ? [resolve(given), dirname(resolve(given))]
  : [fileURLToPath(new URL("../../../../../shared", import.meta.url))];

/** A path among the vectors and data to check against: in `shared` beside the repository, unless CONVSCOPE_DATA is set. */
export function sharedPath(path: string): string {
  const paths = folders.map((folder) => join(folder, path));
  return paths.find((candidate) => existsSync(candidate)) ?? paths[0];
}

/** Whether it is there. Where it is not, the tests that need it are skipped, and this says so. */
export function hasShared(path: string): boolean {
  const exists = existsSync(sharedPath(path));
  if (!exists) {
    console.log(
      `skipped: there is no ${sharedPath(path)} to check against (CONVSCOPE_DATA names its folder).`,
    );
  }
  return exists;
}
