import { rename, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cacheFolder } from "./cache-folder.ts";
import { type DownloadOptions, download, removeDownload } from "./download.ts";
import { hashFile } from "./hash-file.ts";
import { makeFolder } from "./make-folder.ts";
import { writeFailure } from "./write-file.ts";

/** A file on the web. */
export interface RemoteFile {
  readonly url: string;
  /** Its MD5, where it is known: what has another one is not used. */
  readonly md5?: string;
}

export interface CachedFileOptions extends DownloadOptions {
  /** Where it is kept; default `models` in the user's cache folder. */
  readonly folder?: string;
}

/**
 * A file from the web, downloaded once: Keras's `get_file`. A broken download goes on where it was; a kept file with another
 * checksum than the known one is downloaded again.
 * @returns its path
 * @throws where it cannot be downloaded or kept, or has another checksum
 */
export async function cachedFile({ url, md5 }: RemoteFile, options: CachedFileOptions = {}): Promise<string> {
  const { folder = join(cacheFolder(), "models"), ...downloadOptions } = options;
  const path = join(folder, basename(new URL(url).pathname));
  const isKept = (await stat(path).catch(() => undefined))?.isFile() ?? false;
  if (isKept && (md5 === undefined || (await hashFile("md5", path, options.signal)) === md5)) return path;

  const part = `${path}.part`;
  try {
    await makeFolder(dirname(path));
  } catch (error) {
    throw new Error(
      `[download] ${folder} cannot be written: ${writeFailure(error)}: set CONVSCOPE_CACHE to another folder.`,
      { cause: error },
    );
  }
  await download(url, part, downloadOptions);
  if (md5 !== undefined) {
    const found = await hashFile("md5", part, options.signal);
    if (found !== md5) {
      await removeDownload(part);
      throw new Error(
        `[download] ${url} has the MD5 ${found}, not ${md5}: it is another file, and was removed.`,
      );
    }
  }
  await rename(part, path);
  await removeDownload(part);
  return path;
}
