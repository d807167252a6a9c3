import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "@convscope/storage/message-of";
import { listPictures } from "../directory/list-pictures.ts";
import { checkWorkers, createJobRunner, defaultWorkerCount } from "../workers/job-runner.ts";
import { forEachOf } from "./for-each.ts";
import type { Defect } from "./inspect-picture.ts";

/** What may be found about a picture. */
export type FindingKind = Defect | "mislabelled" | "duplicate";

/** Those that training stops at. */
export const DEFECTS = ["unreadable", "empty", "truncated", "too-large", "undecodable"] as const;
export const FINDING_KINDS = [...DEFECTS, "mislabelled", "duplicate"] as const;

export interface Finding {
  readonly kind: FindingKind;
  /** Relative to the directory, with `/`. */
  readonly path: string;
  /** A phrase that follows the path. */
  readonly reason: string;
}

/** Pictures with the same bytes. */
export interface DuplicateGroup {
  readonly sha256: string;
  /** The first in the order of paths is the one that counts. */
  readonly paths: readonly string[];
  /** The classes and sets they are in, where there are several: a label that contradicts itself; a test that was trained on. */
  readonly classes?: readonly string[];
  readonly splits?: readonly string[];
}

export interface PictureReport {
  readonly directory: string;
  /** How many were looked at. */
  readonly pictures: number;
  /** By kind, then by path. Of duplicates all but the first of a group. */
  readonly findings: readonly Finding[];
  readonly duplicates: readonly DuplicateGroup[];
  readonly totals: Readonly<Record<FindingKind, number>>;
  /** Pictures with a defect: unreadable, empty, truncated, too large or undecodable. */
  readonly broken: number;
}

export interface CheckOptions {
  /** Threads that decode; default one less than the cores, at most 8; 0 decodes in this thread. */
  readonly workers?: number;
  /** Called after each picture. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborted, it ends the check: its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** The names under which sets go. What lies in such a folder has its class one level lower. */
const SPLIT = /^(train|training|val|valid|validation|test|testing)$/i;

/**
 * Reads and decodes every picture of a folder and its sub-folders: what `flowFromDirectory` would list. Finds those that
 * cannot be read, those whose extension is another format's, and those that are there twice. Changes nothing.
 *
 * Pictures are decoded by a few workers, one at a time each; of each only its path and hash are kept.
 * @throws where the directory is missing, is a file, or holds no pictures
 */
export async function checkPictures(directory: string, options: CheckOptions = {}): Promise<PictureReport> {
  const { workers = defaultWorkerCount(), onProgress, signal } = options;
  checkWorkers("checkPictures", workers);
  const paths = await list(directory);
  const findings: Finding[] = [];
  const byHash = new Map<string, string[]>();
  const runner = createJobRunner(workers);
  try {
    let done = 0;
    await forEachOf(paths, Math.max(1, 2 * workers), async (path) => {
      signal?.throwIfAborted();
      const { sha256, defect, mislabelled } = await runner.run("inspectPicture", {
        path: join(directory, path),
      });
      if (defect !== undefined) findings.push({ path, ...defect });
      else if (sha256 !== undefined) byHash.set(sha256, [...(byHash.get(sha256) ?? []), path]);
      if (mislabelled !== undefined) findings.push({ kind: "mislabelled", path, reason: mislabelled });
      done += 1;
      onProgress?.(done, paths.length);
    });
  } finally {
    await runner.close();
  }

  const rank = new Map(paths.map((path, index) => [path, index]));
  const inOrder = (a: string, b: string) => rank.get(a)! - rank.get(b)!;
  const duplicates = [...byHash]
    .filter(([, group]) => group.length > 1)
    .map(([sha256, group]) => groupOf(sha256, group.sort(inOrder)))
    .sort((a, b) => inOrder(a.paths[0], b.paths[0]));
  for (const { paths } of duplicates) {
    for (const path of paths.slice(1)) {
      findings.push({ kind: "duplicate", path, reason: `has the same content as ${paths[0]}.` });
    }
  }
  findings.sort(
    (a, b) => FINDING_KINDS.indexOf(a.kind) - FINDING_KINDS.indexOf(b.kind) || inOrder(a.path, b.path),
  );
  const countOf = (kind: FindingKind) => findings.filter((finding) => finding.kind === kind).length;
  const totals = Object.fromEntries(
    FINDING_KINDS.map((kind) => [kind, countOf(kind)]),
  ) as PictureReport["totals"];
  const broken = DEFECTS.reduce((sum, kind) => sum + totals[kind], 0);
  return { directory, pictures: paths.length, findings, duplicates, totals, broken };
}

async function list(directory: string): Promise<string[]> {
  try {
    await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT"
        ? "does not exist."
        : code === "ENOTDIR"
          ? "is a file; a folder was needed."
          : `cannot be read: ${messageOf(error)}`;
    throw new Error(`[checkPictures] ${directory} ${reason}`, { cause: error });
  }
  const paths = await listPictures(directory, { followLinks: false });
  if (paths.length > 0) return paths;
  throw new Error(
    `[checkPictures] ${directory} holds no pictures (.png .jpg .jpeg .bmp .ppm .tif .tiff), nor do its sub-folders.`,
  );
}

function groupOf(sha256: string, paths: readonly string[]): DuplicateGroup {
  const places = paths.map(placeOf);
  const classes = distinct(places.map(({ className }) => className));
  const splits = distinct(places.map(({ split }) => split));
  return {
    sha256,
    paths,
    ...(classes.length > 1 ? { classes } : {}),
    ...(splits.length > 1 ? { splits } : {}),
  };
}

/** The set and the class of a picture, by the folders that it lies in: `train/cats/cat.0.jpg`, `cats/a/b.jpg`. */
function placeOf(path: string): { split: string; className: string } {
  const folders = path.split("/").slice(0, -1);
  const [first = "", second = ""] = folders;
  return SPLIT.test(first) ? { split: first, className: second } : { split: "", className: first };
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)].filter((name) => name !== "");
