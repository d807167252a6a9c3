import {
  checkPictures,
  FINDING_KINDS,
  type FindingKind,
  type PictureReport,
  setAside,
} from "@convscope/data";
import { interruptible } from "../interruption.ts";
import { Output } from "../output.ts";

export interface CheckDataOptions {
  readonly setAside?: string;
  readonly setAsideKinds?: readonly FindingKind[];
  readonly workers?: number;
  readonly json?: boolean;
}

/**
 * Looks for pictures that cannot be read, are called what they are not, or are there twice.
 * @throws where pictures cannot be read, after everything was said
 */
export async function checkData(folder: string, options: CheckDataOptions): Promise<void> {
  const output = new Output(options.json ?? false);
  const report = await interruptible((signal) =>
    checkPictures(folder, {
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      signal,
      onProgress(done, total) {
        if (done === total) output.progress();
        else if (done % 20 === 0) output.progress(`${count(done)} of ${count(total)}`);
      },
    }),
  );
  const moved =
    options.setAside === undefined
      ? undefined
      : { folder: options.setAside, paths: await setAside(report, options.setAside, options.setAsideKinds) };

  const { directory, ...rest } = report;
  output.result({ folder: directory, ...rest, ...(moved === undefined ? {} : { setAside: moved }) });
  for (const line of linesOf(report)) output.say(line);
  if (moved !== undefined && moved.paths.length > 0) {
    output.say(`Set aside in ${moved.folder}: ${pictures(moved.paths.length)}.`);
  }
  if (report.broken > 0) {
    throw new Error(`${count(report.broken)} of ${pictures(report.pictures)} in ${folder} cannot be read.`);
  }
}

/** Paths by kind, then a table of the kinds. */
export function linesOf({
  directory,
  pictures: total,
  findings,
  duplicates,
  totals,
}: PictureReport): string[] {
  if (findings.length === 0) {
    return [`${pictures(total)} in ${directory}: each can be read, and none is there twice.`];
  }
  const lines = [`${pictures(total)} in ${directory}`];
  for (const kind of FINDING_KINDS) {
    const found = findings.filter((finding) => finding.kind === kind);
    if (found.length === 0) continue;
    lines.push("", kind);
    if (kind !== "duplicate") lines.push(...found.map(({ path, reason }) => `  ${path} ${reason}`));
    else for (const group of duplicates) lines.push(...groupLines(group));
  }
  lines.push("", "kind         pictures", "-".repeat(21));
  for (const kind of FINDING_KINDS) {
    const note = kind === "duplicate" && totals.duplicate > 0 ? `  ${noteOn(duplicates)}` : "";
    lines.push(`${kind.padEnd(12)} ${count(totals[kind]).padStart(8)}${note}`);
  }
  return lines;
}

function groupLines({ paths, classes, splits }: PictureReport["duplicates"][number]): string[] {
  const [first, ...others] = paths;
  const where = [
    ...(splits === undefined ? [] : [`in the sets ${splits.join(", ")}`]),
    ...(classes === undefined ? [] : [`in the classes ${classes.join(", ")}`]),
  ];
  const note = where.length > 0 ? `: ${where.join(", ")}` : "";
  return [`  ${first}${note}`, ...others.map((path) => `  = ${path}`)];
}

function noteOn(duplicates: PictureReport["duplicates"]): string {
  const acrossSets = duplicates.filter(({ splits }) => splits !== undefined).length;
  const acrossClasses = duplicates.filter(({ classes }) => classes !== undefined).length;
  const parts = [
    `in ${count(duplicates.length)} group${duplicates.length === 1 ? "" : "s"}`,
    ...(acrossSets > 0 ? [`${count(acrossSets)} across sets`] : []),
    ...(acrossClasses > 0 ? [`${count(acrossClasses)} across classes`] : []),
  ];
  return parts.join("; ");
}

const pictures = (value: number) => `${count(value)} picture${value === 1 ? "" : "s"}`;
const count = (value: number) => value.toLocaleString("en");
