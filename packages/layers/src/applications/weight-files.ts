import { cachedText, cachedWeights } from "#weight-files";
import type { ModelFile } from "../files/index.ts";

/** A published file. */
export interface WeightFile {
  readonly url: string;
  /** Where it is known: a file with another one is not used. */
  readonly md5?: string;
}

/** A file of weights for `loadWeights`: in Node, downloaded once into the user's cache folder; in a browser, its bytes. */
export const fetchWeights = (file: WeightFile): Promise<ModelFile> => cachedWeights(file);

/** The text of a published file, or of a local copy of it. */
export const fetchText = (file: WeightFile, path?: string): Promise<string> => cachedText(file, path);
