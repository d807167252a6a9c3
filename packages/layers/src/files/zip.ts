/** The few files that are wanted of a zip, through fflate. */
import { unzipSync } from "fflate";
import { formatBytes } from "./numbers.ts";

/** Deflate makes 1032 bytes of one at the most. */
const largestRatio = 1032;

/**
 * @returns the bytes of those of `names` that are there
 * @throws where it is damaged, or claims more than it can hold
 */
export function unzip(bytes: Uint8Array, name: string, names: readonly string[]): Map<string, Uint8Array> {
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, {
      filter(entry) {
        if (!names.includes(entry.name)) return false;
        const isTooMuch =
          entry.size > bytes.byteLength || entry.originalSize > largestRatio * Math.max(entry.size, 1);
        if (isTooMuch) {
          throw new Error(
            `${entry.name} claims to be ${formatBytes(entry.originalSize)}, of ${formatBytes(entry.size)} in the zip`,
          );
        }
        return true;
      },
    });
  } catch (error) {
    throw new Error(`[zip] ${name} cannot be unpacked: ${(error as Error).message}.`);
  }
  return new Map(Object.entries(entries));
}
