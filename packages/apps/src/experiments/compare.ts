import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { type ComparedRun, compareCurves, stacked } from "../report/compare-curves.ts";
import { compareHtml } from "../report/compare-html.ts";
import { readHistory } from "../report/history-files.ts";
import { accuracyKey, outcomeOf, valueText } from "../report/outcome.ts";
import { rasterize } from "../report/rasterize.ts";
import { readRun } from "../report/run-record.ts";
import { experiment } from "./experiment.ts";

/** Where runs are without `--out`. */
const RUNS = "runs";
const SIZE = { width: 900, height: 520 };

/** All runs' curves on one page: what each step of the lecture brought. */
export default experiment({
  name: "compare",
  question: "What did each step bring: augmentation, a pretrained base, fine-tuning?",
  claim: "From scratch about 71 %, with augmentation 82 %, features about 90 %, fine-tuned up to 97 %.",
  slides: "Training CNNs on Small Datasets; Summary",
  defaults: { runs: undefined },

  async run({ flags, output, folder: claim }) {
    const folders = flags.runs ?? (await foldersIn(RUNS));
    const found: { readonly path: string; readonly run: Omit<ComparedRun, "report"> }[] = [];
    for (const path of folders) {
      try {
        found.push({ path, run: await readFolder(path) });
      } catch (error) {
        output.say(`Left out: ${(error as Error).message.replace(/^\[\w+\] /, "")}`);
      }
    }
    if (found.length === 0) {
      const where = flags.runs ? "None of the folders" : `No folder in ${RUNS}`;
      throw new Error(`[compare] ${where} holds a run with a finished epoch: name runs with --runs.`);
    }

    const folder = await claim();
    const runs = await Promise.all(
      found.map(async ({ path, run }): Promise<ComparedRun> => {
        const report = join(path, "report.html");
        const isThere = (await stat(report).catch(() => undefined)) !== undefined;
        const isTwice = found.filter(({ run: { label } }) => label === run.label).length > 1;
        return {
          ...run,
          ...(isTwice && { label: path }),
          ...(isThere && { report: linkTo(report, folder.path) }),
        };
      }),
    );
    const svg = stacked([compareCurves(runs, "acc", SIZE), compareCurves(runs, "loss", SIZE)], SIZE.width);
    await folder.write("compare.svg", svg);
    await folder.write("compare.png", rasterize(svg));
    await folder.write("compare.html", compareHtml(runs));

    const names = Math.max(...runs.map(({ label }) => label.length));
    for (const { label, history } of runs) {
      const outcome = outcomeOf(history, `val_${accuracyKey(history) ?? "acc"}`);
      const words = outcome
        ? `val_acc: best ${valueText(outcome.best)}, last five ${valueText(outcome.lastFive)}, last ${valueText(outcome.final)}`
        : "no validation accuracy";
      output.say(`${label.padEnd(names)}  ${words}`);
    }
    output.say(`The page and the curves are in ${folder.path}: compare.html, compare.svg, compare.png.`);
    output.result({ experiment: "compare", folder: folder.path, runs });
  },
});

/** @throws where there are none */
async function foldersIn(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  if (names.length > 0) return names.sort().map((name) => join(parent, name));
  throw new Error(`[compare] there are no runs in ${resolve(parent)}: name some with --runs.`);
}

/** @throws where the folder holds no run, or none of which an epoch was finished */
async function readFolder(path: string): Promise<Omit<ComparedRun, "report">> {
  const { experiment, state, seconds, command, notes } = await readRun(path);
  const history = await readHistory(path);
  if (history.epoch.length === 0) throw new Error(`${path} has no finished epoch.`);
  return { label: basename(resolve(path)), experiment, history, state, seconds, command, notes };
}

/** Relative, so that it holds wherever both folders are moved to. */
const linkTo = (file: string, folder: string): string =>
  `./${relative(folder, file).split(/[\\/]/).map(encodeURIComponent).join("/")}`;
