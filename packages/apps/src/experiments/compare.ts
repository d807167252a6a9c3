import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { type ComparedRun, compareCurves, stacked } from "../report/compare-curves.ts";
import { compareHtml } from "../report/compare-html.ts";
import { rasterize } from "../report/rasterize.ts";
import { readRun } from "../report/run-record.ts";
import { experiment } from "./experiment.ts";

/** Of the picture, in pixels. */
const WIDTH = 800;

/** All runs' curves on one page. */
export default experiment({
  name: "compare",
  question: "How do the experiments stand beside one another?",
  claim:
    "From scratch 82 %, with augmentation; with the features of a pretrained base 90 % to 96 %; with fine-tuning 97 %.",
  slides: "Training CNNs on Small Datasets; Summary",
  defaults: { runs: "runs" },

  async run({ flags, output, folder }) {
    const names = (await readdir(flags.runs).catch(() => [])).sort();
    const found = await Promise.all(names.map((name) => comparedRun(flags.runs, name)));
    const compared = found.filter((run) => run !== undefined);
    if (compared.length === 0) {
      throw new Error(
        `[run] there is no run with a finished epoch in ${flags.runs}: convscope list says what makes one, and --runs names another folder.`,
      );
    }
    const to = await folder();
    const runs = compared.map((run) => ({ ...run, report: run.report && relative(to.path, run.report) }));
    await to.write("compare.html", compareHtml(runs));
    const svg = stacked(
      (["acc", "loss"] as const).map((kind) => compareCurves(runs, kind, { width: WIDTH, height: 500 })),
      WIDTH,
    );
    await to.write("compare.svg", svg);
    await to.write("compare.png", rasterize(svg));
    output.say(`${runs.length} runs of ${flags.runs} compared in ${join(to.path, "compare.html")}.`);
    output.result({ experiment: "compare", folder: to.path, runs });
  },
});

/** @returns undefined for what is not the folder of a run with a finished epoch */
async function comparedRun(folder: string, name: string): Promise<ComparedRun | undefined> {
  const path = join(folder, name);
  try {
    const { experiment, state, seconds, command, notes } = await readRun(path);
    const history: Record<string, (number | null)[]> = JSON.parse(
      await readFile(join(path, "history.json"), "utf8"),
    );
    const values = Object.entries(history).map(([key, list]) => [
      key,
      list.map((value) => value ?? Number.NaN),
    ]);
    return {
      label: name,
      experiment,
      history: { epoch: history.loss.map((_, i) => i), history: Object.fromEntries(values) },
      state,
      seconds,
      command,
      notes,
      ...((await readdir(path)).includes("report.html") && { report: join(path, "report.html") }),
    };
  } catch {
    return undefined;
  }
}
