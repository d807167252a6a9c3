import { stat } from "node:fs/promises";
import { type ApplicationName, weightFileOf } from "@convscope/layers";
import { cachedFile, hashFile, type RemoteFile } from "@convscope/storage";
import { interruptible } from "../interruption.ts";
import { Output } from "../output.ts";
import { progressLine } from "./fetch-data.ts";

export interface FetchWeightsOptions {
  /** Whether the classifier is among them. */
  readonly top: boolean;
  readonly alpha?: number;
  readonly size?: number;
  readonly folder?: string;
  readonly json?: boolean;
}

/** The line of a terminal is redrawn so often at the most. */
const MILLISECONDS = 100;

/** @throws {RangeError} for a file that Keras has not published */
export function checkFetchWeights(name: ApplicationName, { top, alpha, size }: FetchWeightsOptions): void {
  if (name !== "mobilenet" && (alpha !== undefined || size !== undefined)) {
    throw new RangeError(`--alpha and --size are mobilenet's; ${name} has one file.`);
  }
  checkPublished(name, { includeTop: top, alpha, size });
}

/** @throws {RangeError} in Keras's words where there is no such file */
export function checkPublished(...file: Parameters<typeof weightFileOf>): void {
  try {
    weightFileOf(...file);
  } catch (error) {
    throw new RangeError((error as Error).message);
  }
}

/** Downloads the file of weights that Keras has published for a network; once. */
export async function fetchWeights(
  name: ApplicationName,
  { top, alpha, size, folder, json = false }: FetchWeightsOptions,
): Promise<void> {
  const output = new Output(json);
  const file = weightFileOf(name, { includeTop: top, alpha, size });
  const { path, isNew } = await fetchFile(file, output, { folder });
  const [{ size: bytes }, md5] = await Promise.all([stat(path), hashFile("md5", path)]);
  output.result({ name, url: file.url, path, bytes, md5, isVerified: file.md5 !== undefined, isNew });
  if (!json) output.say(path);
  output.say(
    isNew
      ? `${(bytes / 1e6).toFixed(1)} MB from ${file.url}`
      : "It is there already: nothing was downloaded.",
  );
  output.say(
    file.md5 === undefined
      ? `MD5 ${md5}, checked against nothing: Keras names none for this file.`
      : `MD5 ${md5}, as Keras names it.`,
  );
}

/**
 * A file from the web, kept in the user's cache folder or another; says how far it is.
 * @param options.signal ends it; without one it heeds Ctrl-C by itself
 */
export async function fetchFile(
  file: RemoteFile,
  output: Output,
  { folder, signal }: { folder?: string; signal?: AbortSignal } = {},
): Promise<{ path: string; isNew: boolean }> {
  const line = progressLine();
  let shown = Number.NEGATIVE_INFINITY;
  let isNew = false;
  const fetched = (until: AbortSignal) =>
    cachedFile(file, {
      ...(folder !== undefined && { folder }),
      signal: until,
      onProgress(done, total) {
        isNew = true;
        const now = performance.now();
        const text = line({ phase: "download", done, total }, now);
        if (now - shown < MILLISECONDS) return;
        shown = now;
        output.progress(text);
      },
      onRetry(reason, milliseconds) {
        output.progress();
        output.say(`${reason}; once more in ${milliseconds / 1000} s.`);
      },
    });
  const path = await (signal ? fetched(signal) : interruptible(fetched)).finally(() => output.progress());
  return { path, isNew };
}
