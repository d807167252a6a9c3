import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** An empty folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await keptFolder();
  onTestFinished(() => removeFolder(folder));
  return folder;
}

/** An empty folder for several tests; `removeFolder` is up to them. */
export const keptFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "convscope-"));

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** The message with which a promise is rejected. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the promise was not rejected");
}
