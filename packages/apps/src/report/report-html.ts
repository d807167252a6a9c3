import { renderCurves } from "./curves.ts";
import { durationText } from "./duration.ts";
import { type Html, html, NOTHING } from "./html.ts";
import type { Mistake, SplitMistakes } from "./mistakes.ts";
import { accuracyKey, outcomeOf, valueText } from "./outcome.ts";
import { chart, page } from "./page.ts";
import { epochsText, type ReportData, type RunState } from "./report-data.ts";
import type { TrainingHistory } from "./training-history.ts";

const STATES: Record<RunState, string> = {
  running: "under way when this page was written,",
  interrupted: "interrupted",
  failed: "ended by an error",
  finished: "finished",
};

/** All that is known of a run, as a page: one file that needs no other, and no network. */
export function reportHtml(data: ReportData): string {
  const { experiment, history, summary, command } = data;
  const body = html`
<header>
<h1>${experiment.name}</h1>
<p class="state ${data.state}">${stateText(data)}</p>
<p class="question">${experiment.question}</p>
</header>
<main>
${notes(data.notes)}
${claim(data)}
${curves(history)}
${
  data.mistakes.length === 0
    ? NOTHING
    : html`<h2>What the model got wrong</h2>
${data.mistakes.map(mistakesOf)}`
}
<h2>The model</h2>
<pre>${summary}</pre>
<h2>Facts</h2>
<div class="facts">${data.facts.map(
    ({ title, rows }) => html`<section><h3>${title}</h3>
<table>${rows.map(([what, value]) => html`<tr><th scope="row">${what}</th><td>${value}</td></tr>`)}</table></section>`,
  )}</div>
<h2>The same again</h2>
<code class="command">${command}</code>
<p class="pale screen">A click marks the whole command.</p>
</main>`;
  return page(`${experiment.name}: report`, body);
}

function stateText({ state, history, seconds }: ReportData): string {
  const epochs =
    history.epoch.length === 0 ? "before the first epoch was finished" : `after ${epochsText(history)}`;
  const text = history.epoch.length === 0 && state === "finished" ? state : `${STATES[state]} ${epochs}`;
  return `${text[0].toUpperCase()}${text.slice(1)}. ${state === "running" ? "So far it took" : "It took"} ${durationText(seconds)}.`;
}

const notes = (lines: readonly string[]): Html =>
  lines.length === 0 ? NOTHING : html`<ul class="notes">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;

function claim({ experiment, measured, rows }: ReportData): Html {
  return html`<div class="sides">
<div><h2>The lecture says</h2><p>${experiment.claim}</p><p class="pale">Slides: ${experiment.slides}</p></div>
<div><h2>Measured</h2><p>${measured}</p></div>
</div>
${
  rows.length === 0
    ? NOTHING
    : html`<div class="scroll"><table>
<tr><th scope="col"></th><th scope="col">the lecture</th><th scope="col">measured</th></tr>
${rows.map((row) => html`<tr><th scope="row">${row.what}</th><td>${row.claimed}</td><td>${row.measured}</td></tr>`)}
</table></div>`
}`;
}

function curves(history: TrainingHistory): Html {
  if (history.epoch.length === 0) return NOTHING;
  const kinds = (["acc", "loss"] as const).filter((kind) => kind === "loss" || accuracyKey(history));
  const words = { acc: "Training and validation accuracy", loss: "Training and validation loss" };
  return html`<h2>Curves</h2>
<div class="charts">${kinds.map((kind) =>
    chart((size) => renderCurves(history, kind, size), kind, `${words[kind]} by epoch`),
  )}</div>
${gaps(history).map((line) => html`<p>${line}</p>`)}
${outcomes(history)}
${epochTable(history)}`;
}

/** Where a curve has no points, and why. */
function gaps({ epoch, history }: TrainingHistory): string[] {
  return Object.entries(history).flatMap(([name, values]) => {
    const lost = epoch.filter((_, i) => values[i] !== undefined && !Number.isFinite(values[i]));
    if (lost.length === 0) return [];
    const shown = lost.slice(0, 10).map((index) => index + 1);
    const where = `${shown.join(", ")}${lost.length > shown.length ? ` and ${lost.length - shown.length} more` : ""}`;
    return [
      `${name} is not a finite number in epoch${lost.length === 1 ? "" : "s"} ${where}: its curve has a gap there.`,
    ];
  });
}

function outcomes(history: TrainingHistory): Html {
  const key = accuracyKey(history);
  if (key === undefined) return NOTHING;
  const rows = (
    [
      ["training", key],
      ["validation", `val_${key}`],
    ] as const
  ).flatMap(([what, name]) => {
    const outcome = outcomeOf(history, name);
    if (!outcome) return [];
    const { best, bestEpoch, lastFive, final } = outcome;
    return [
      html`<tr><th scope="row">${what} accuracy</th><td class="number">${valueText(best)}${Number.isNaN(bestEpoch) ? "" : ` (epoch ${bestEpoch})`}</td>
<td class="number">${valueText(lastFive)}</td><td class="number">${valueText(final)}</td></tr>`,
    ];
  });
  return html`<div class="scroll"><table>
<tr><th scope="col"></th><th scope="col" class="number">best</th><th scope="col" class="number">mean of the last ${Math.min(5, history.epoch.length)}</th><th scope="col" class="number">last</th></tr>
${rows}
</table></div>`;
}

function epochTable({ epoch, history }: TrainingHistory): Html {
  const names = Object.keys(history);
  return html`<details><summary>All epochs as numbers</summary>
<div class="scroll"><table>
<tr><th scope="col" class="number">epoch</th>${names.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr>
${epoch.map(
  (index, i) =>
    html`<tr><td class="number">${index + 1}</td>${names.map((name) => html`<td class="number">${valueText(history[name][i])}</td>`)}</tr>`,
)}
</table></div></details>`;
}

function mistakesOf({ split, pictures, wrong, worst }: SplitMistakes): Html {
  const of = `${pictures.toLocaleString("en")} ${split} pictures`;
  const heading = html`<h3>${split[0].toUpperCase()}${split.slice(1)} pictures</h3>`;
  if (wrong === 0) return html`${heading}<p>None of ${of} is wrong.</p>`;
  const share = ((100 * wrong) / pictures).toFixed(1);
  return html`${heading}
<p>${wrong.toLocaleString("en")} of ${of} are wrong (${share} %). ${
    wrong > worst.length
      ? `Here are the ${worst.length} of them that the model was most sure of.`
      : "The one that the model was most sure of comes first."
  }</p>
<div class="pictures">${worst.map(picture)}</div>`;
}

function picture({ file, label, predicted, probability, jpeg }: Mistake): Html {
  const image = jpeg
    ? html`<div class="frame"><img alt="${file}" src="data:image/jpeg;base64,${Buffer.from(jpeg).toString("base64")}"></div>`
    : html`<div class="frame missing">cannot be read</div>`;
  const what = Number.isNaN(probability)
    ? html`${label}, and the model gave no number`
    : html`${label}, taken for ${predicted} (${probability.toFixed(3)})`;
  return html`<figure title="${file}">${image}
<figcaption><bdi class="file">${file}</bdi> ${what}</figcaption></figure>`;
}
