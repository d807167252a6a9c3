/** Published files in Node: kept in the user's cache folder. The browser's twin is weight-files-browser.ts. */
import { readFile } from "node:fs/promises";
import { cachedFile, type RemoteFile } from "@convscope/storage";

export const cachedWeights = (file: RemoteFile): Promise<string> => cachedFile(file);

export const cachedText = async (file: RemoteFile, path?: string): Promise<string> =>
  readFile(path ?? (await cachedFile(file)), "utf8");
