import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { jsonText } from "../output.ts";
import { renderCurves } from "./curves.ts";
import { historyCsv } from "./history-csv.ts";
import { rasterize } from "./rasterize.ts";
import type { RunFolder } from "./run-folder.ts";
import type { TrainingHistory } from "./training-history.ts";

/** Writes the numbers of every epoch, and their curves: all that `history` says, in the forms that are asked for. */
export async function writeHistory(folder: RunFolder, history: TrainingHistory): Promise<void> {
  await folder.write("history.json", jsonText(history.history));
  await folder.write("history.csv", historyCsv(history));
  for (const [kind, name] of [
    ["acc", "accuracy"],
    ["loss", "loss"],
  ] as const) {
    const { svg } = renderCurves(history, kind);
    await folder.write(`${name}.svg`, svg);
    await folder.write(`${name}.png`, rasterize(svg));
  }
}

/** Reads what `writeHistory` wrote. What is `null` there was not a finite number. @throws where there is nothing of the kind */
export async function readHistory(folder: string): Promise<TrainingHistory> {
  const path = join(folder, "history.json");
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new Error(`[history] ${folder} has no history.json: no epoch was finished there.`, {
        cause: error,
      });
    }
    throw new Error(`[history] ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const history: Record<string, number[]> = {};
  for (const [name, values] of Object.entries(parsed ?? {})) {
    if (!Array.isArray(values) || !values.every((value) => value === null || typeof value === "number")) {
      throw new Error(`[history] ${path} has other things than numbers for ${name}.`);
    }
    history[name] = values.map((value) => value ?? Number.NaN);
  }
  const epochs = Math.max(0, ...Object.values(history).map(({ length }) => length));
  return { epoch: Array.from({ length: epochs }, (_, i) => i), history };
}
