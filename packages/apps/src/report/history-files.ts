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
