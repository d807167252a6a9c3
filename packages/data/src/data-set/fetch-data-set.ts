import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  type DownloadOptions,
  download,
  hashFile,
  makeFolder,
  removeDownload,
  removeFolders,
  writeFailure,
} from "@convscope/storage";
import { messageOf } from "@convscope/storage/message-of";
import { ArchiveError, unpack } from "./unpack.ts";

/** Microsoft's public copy of Kaggle's cats and dogs: PetImages/Cat and PetImages/Dog, some 800 MB. */
export const CATS_AND_DOGS_URL =
  "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_5340.zip";

export interface FetchProgress {
  readonly phase: "download" | "unpack";
  /** Bytes of a download, files of an archive. */
  readonly done: number;
  /** Where it is known. */
  readonly total: number | undefined;
}

export interface FetchDataSetOptions
  extends Pick<DownloadOptions, "onRetry" | "tries" | "pauseMilliseconds" | "stallMilliseconds"> {
  /** Of a ZIP or tar.gz archive; default `CATS_AND_DOGS_URL`. */
  readonly url?: string;
  /** What the SHA-256 of the archive must be, in hexadecimal. Without it the archive is not checked against anything. */
  readonly sha256?: string;
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Aborted, it ends the work: its reason is thrown. What was downloaded stays, and the same call goes on from there. */
  readonly signal?: AbortSignal;
}

export interface FetchDataSetResult {
  readonly directory: string;
  readonly url: string;
  /** Of the archive. */
  readonly sha256: string;
  readonly bytes: number;
  /** Whether the SHA-256 is the one that was asked for; false where none was. */
  readonly isVerified: boolean;
  /** How many were unpacked. */
  readonly files: number;
  /** false: it was there already, and nothing was touched. */
  readonly isNew: boolean;
}

/** Lies in the folder, and says what it was made of. */
const MANIFEST = "fetched.json";
const WHERE = "[fetchDataSet]";

/**
 * Downloads an archive of pictures and unpacks it. The folder appears whole or not at all, and the same call again finds
 * it done. Until then `<directory>.part` holds what was downloaded: an interrupted download goes on there. An archive of
 * another SHA-256 than the one asked for, or one that is damaged, is removed.
 * @param directory new, empty, or the result of an earlier call with the same URL
 */
export async function fetchDataSet(
  directory: string,
  options: FetchDataSetOptions = {},
): Promise<FetchDataSetResult> {
  const { url = CATS_AND_DOGS_URL, onProgress, signal, ...rest } = options;
  const expected = options.sha256?.toLowerCase();
  if (expected !== undefined && !/^[\da-f]{64}$/.test(expected)) {
    throw new Error(
      `${WHERE} sha256 is ${JSON.stringify(options.sha256)}; 64 hexadecimal digits were needed.`,
    );
  }
  const target = resolve(directory);
  const there = await fetched(target, directory, url, expected);
  if (there !== undefined) return { ...there, directory, isNew: false };

  const archive = `${target}.part`;
  const temporary = `${target}.${randomUUID()}.part`;
  const made = await writable(directory, () => makeFolder(dirname(target)));
  try {
    const bytes = await download(url, archive, {
      ...rest,
      ...(signal === undefined ? {} : { signal }),
      onProgress: (done, total) => onProgress?.({ phase: "download", done, total }),
    });
    const sha256 = await hashFile("sha256", archive, signal);
    if (expected !== undefined && sha256 !== expected) {
      await removeDownload(archive);
      throw new Error(
        `${WHERE} ${url} has the SHA-256 ${sha256}, not ${expected}: it is another file. ` +
          "The download was removed, and nothing was unpacked.",
      );
    }
    const isVerified = expected !== undefined;
    await writable(directory, () => makeFolder(temporary));
    const files = await unpackOrRemove(archive, url, temporary, options);
    const manifest = { url, sha256, bytes, isVerified, files };
    await writable(directory, async () => {
      await writeFile(join(temporary, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
      await rmdir(target).catch(() => {}); // an empty folder makes way; rename says so if it does not
      await rename(temporary, target);
    });
    await removeDownload(archive);
    return { directory, ...manifest, isNew: true };
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await removeFolders(made); // as far as they are empty
  }
}

type Manifest = Omit<FetchDataSetResult, "directory" | "isNew">;

/**
 * What an earlier call put there, if it is what is asked for.
 * @throws where something else is there
 */
async function fetched(
  target: string,
  directory: string,
  url: string,
  expected: string | undefined,
): Promise<Manifest | undefined> {
  let names: string[];
  try {
    names = await readdir(target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    const reason = code === "ENOTDIR" ? "is a file, or lies in one" : `cannot be read (${messageOf(error)})`;
    throw new Error(`${WHERE} ${directory} ${reason}; a new or an empty folder was needed.`, {
      cause: error,
    });
  }
  if (names.length === 0) return undefined;
  let manifest: Manifest | undefined;
  try {
    manifest = JSON.parse(await readFile(join(target, MANIFEST), "utf8")) as Manifest;
  } catch {
    // there is none of ours
  }
  if (manifest?.url !== url || (expected !== undefined && manifest.sha256 !== expected)) {
    const holds =
      manifest === undefined ? "is not empty" : `holds ${manifest.url} with the SHA-256 ${manifest.sha256}`;
    throw new Error(`${WHERE} ${directory} ${holds}: name a new or an empty folder. Nothing was downloaded.`);
  }
  return { ...manifest, isVerified: expected !== undefined };
}

/** A damaged archive would be found again by every further call: it goes. */
async function unpackOrRemove(
  archive: string,
  url: string,
  folder: string,
  { onProgress, signal }: FetchDataSetOptions,
): Promise<number> {
  try {
    return await unpack(archive, folder, {
      onProgress: (done, total) => onProgress?.({ phase: "unpack", done, total }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof ArchiveError)) {
      throw new Error(`${WHERE} ${messageOf(error)}. The download is kept: the same call goes on with it.`, {
        cause: error,
      });
    }
    await removeDownload(archive);
    throw new Error(`${WHERE} the archive of ${url} ${error.reason} The download was removed.`, {
      cause: error,
    });
  }
}

async function writable<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${WHERE} ${directory} cannot be written: ${writeFailure(error)}.`, { cause: error });
  }
}
