import { type ComparedRun, compareCurves, styleOf } from "./compare-curves.ts";
import { durationText } from "./duration.ts";
import { type Html, html, NOTHING } from "./html.ts";
import { accuracyKey, outcomeOf, valueText } from "./outcome.ts";
import { chart, page } from "./page.ts";
import { epochsText, type RunState } from "./report-data.ts";

/** All runs on one page: their curves over one another, and what they came to. One file that needs no other. */
export function compareHtml(runs: readonly ComparedRun[]): string {
  const withNotes = runs.filter(({ notes }) => notes.length > 0);
  const body = html`
<header><h1>${runs.length === 1 ? "One run" : `${runs.length} runs`} compared</h1></header>
<main>
<h2>What they came to</h2>
<div class="scroll"><table>
<tr><td colspan="2"></td><th scope="colgroup" colspan="3">validation accuracy</th><th>training</th><td></td></tr>
<tr><th scope="col" class="number"></th><th scope="col">run</th>
<th scope="col" class="number">best</th><th scope="col" class="number">last five</th><th scope="col" class="number">last</th>
<th scope="col" class="number">last</th><th scope="col" class="number">it took</th></tr>
${runs.map(row)}
</table></div>
<p class="pale">Last five: the mean of the last five epochs, or of all where there are fewer.</p>
<h2>Curves</h2>
<div class="charts">${(["acc", "loss"] as const).map((kind) =>
    chart(
      (size) => compareCurves(runs, kind, size),
      kind,
      `${kind === "acc" ? "Accuracy" : "Loss"} of all runs by epoch`,
    ),
  )}</div>
${
  withNotes.length === 0
    ? NOTHING
    : html`<h2>To judge the numbers</h2>
<ul class="notes">${withNotes.flatMap(({ label, notes }) => notes.map((note) => html`<li>${label}: ${note}</li>`))}</ul>`
}
<h2>The same again</h2>
${runs.map(({ label, command }) => html`<h3>${label}</h3>\n<code class="command">${command}</code>`)}
</main>`;
  return page("Runs compared", body);
}

/** A run that was killed could not say so. */
const STATES: Record<RunState, string> = {
  running: "not finished",
  interrupted: "interrupted",
  failed: "ended by an error",
  finished: "finished",
};

function row({ label, report, experiment, state, history, seconds }: ComparedRun, index: number): Html {
  const key = accuracyKey(history) ?? "acc";
  const [training, validation] = [outcomeOf(history, key), outcomeOf(history, `val_${key}`)];
  const bestEpoch =
    validation && Number.isFinite(validation.bestEpoch) ? `epoch ${validation.bestEpoch}` : "";
  const { color, dashed } = styleOf(index);
  const swatch = html`<span class="swatch" style="border-top-color: ${color}; border-top-style: ${dashed ? "dashed" : "solid"}"></span>`;
  const name = report === undefined ? html`${label}` : html`<a href="${report}">${label}</a>`;
  return html`<tr><td class="number">${index + 1}</td>
<th scope="row" class="run">${name}
<div class="below">${swatch}${experiment}, ${epochsText(history)}, <span class="state ${state}">${STATES[state]}</span></div></th>
<td class="number">${valueText(validation?.best)}<div class="below">${bestEpoch}</div></td>
<td class="number">${valueText(validation?.lastFive)}</td><td class="number">${valueText(validation?.final)}</td>
<td class="number">${valueText(training?.final)}</td><td class="number">${durationText(seconds)}</td></tr>`;
}
