import { CHART_COLORS, type ChartSize } from "./chart.ts";
import { type Html, html, markup } from "./html.ts";

/** No script, and nothing from elsewhere: the browser itself holds the page to that. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** A page that is one file: readable in light and dark, on a phone and on paper. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<style>${markup(STYLE)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}

/** Draws a chart wide and narrow; the page shows the one that fits, so that its words stay readable. */
export function chart(draw: (size: ChartSize) => { svg: string }, name: string, words: string) {
  const drawn = (layout: "wide" | "narrow", size: ChartSize) => {
    const { svg } = draw(size);
    // Identifiers are the page's, so that each drawing needs its own.
    const own = svg.replaceAll(/\bzr-(?=\d)/g, `${name}-${layout}-`);
    return html`<div class="${layout}" role="img" aria-label="${words}">${markup(own)}</div>`;
  };
  return html`<figure class="chart">
${drawn("wide", { width: 560, height: 400 })}
${drawn("narrow", { width: 400, height: 340 })}
</figure>`;
}

/** Rules that colour a chart anew. */
function darkCharts(colors: Record<keyof typeof CHART_COLORS, string>): string {
  return Object.entries(CHART_COLORS)
    .flatMap(([name, color]) =>
      ["fill", "stroke"].map(
        (property) =>
          `  .chart [${property}="${color}"] { ${property}: ${colors[name as keyof typeof CHART_COLORS]}; }`,
      ),
    )
    .join("\n");
}

const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --text: #1c1c1c; --pale: #5c5c5c; --line: #d8d8d8; --block: #f5f5f4;
  --good: #1a6b2f; --warn: #8a4b00; --warn-ground: #fff6e5; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 64px; max-width: 1100px; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 1.7em; line-height: 1.2; }
h2 { margin: 44px 0 12px; font-size: 1.2em; }
h3 { margin: 20px 0 4px; font-size: 1em; }
p { margin: 8px 0; max-width: 75ch; }
.pale, figcaption, th { color: var(--pale); }
.state { color: var(--warn); font-weight: 600; }
.state.finished { color: var(--good); }
.question { margin-top: 20px; font-size: 1.15em; }
.notes { margin: 16px 0; padding: 10px 16px 10px 34px; border-left: 4px solid var(--warn); background: var(--warn-ground); }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 12px; margin: 16px 0; }
.sides > div { padding: 10px 16px; border: 1px solid var(--line); border-radius: 6px; }
.sides h2 { margin: 0; font-size: 1em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 18px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td, figcaption, .command { overflow-wrap: anywhere; }
th { font-weight: 600; }
.number { text-align: right; }
td.number { white-space: nowrap; }
.run { min-width: 11em; overflow-wrap: anywhere; }
.below { color: var(--pale); font-size: 0.85em; font-weight: normal; }
th[colspan] { text-align: center; }
td.number + td, th.number + th { padding-left: 8px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 20px; }
figure { margin: 0; }
.chart svg { display: block; width: 100%; max-width: 720px; height: auto; }
.chart .narrow { display: none; }
pre, .command { font: 13px/1.45 "DejaVu Sans Mono", ui-monospace, Consolas, Menlo, monospace; }
pre { margin: 0; padding: 12px 14px; background: var(--block); border-radius: 6px; overflow-x: auto; overflow-wrap: normal; }
.command { display: block; padding: 12px 14px; background: var(--block); border-radius: 6px; white-space: pre-wrap; user-select: all; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 18px 14px; margin-top: 14px; }
.pictures .frame { display: flex; align-items: flex-end; height: 128px; }
.pictures .missing { align-items: center; justify-content: center; color: var(--pale); border: 1px dashed var(--line); font-size: 13px; }
.pictures figcaption { margin-top: 6px; font-size: 13px; line-height: 1.35; }
.pictures .file { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; color: var(--text); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 4px 32px; align-items: start; }
.facts table { width: 100%; }
.facts th { width: 40%; font-weight: normal; }
summary { cursor: pointer; }
.swatch { display: inline-block; width: 26px; height: 0; margin-right: 8px; vertical-align: middle; border-top: 3px solid; }
@media (max-width: 600px) {
  body { padding: 16px 14px 40px; font-size: 15px; }
  .chart .wide { display: none; }
  .chart .narrow { display: block; }
  th, td { padding-right: 12px; }
  pre { font-size: 11px; }
}
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #141414; --text: #e6e6e6; --pale: #a6a6a6; --line: #3a3a3a; --block: #1f1f1f;
    --good: #7cc98f; --warn: #efb25c; --warn-ground: #2a2113; }
${darkCharts({ ground: "var(--ground)", text: "var(--text)", grid: "#303030", blue: "#7f9cff" })}
}
@media print {
  @page { margin: 14mm; }
  :root { color-scheme: light; }
  body { padding: 0; max-width: none; font-size: 10pt; }
  h2, h3 { break-after: avoid; }
  figure, .notes, .sides > div, tr { break-inside: avoid; }
  pre, .command { font-size: 7.5pt; white-space: pre-wrap; }
  .charts { grid-template-columns: 1fr 1fr; }
  .scroll { overflow: visible; }
  th, td { padding-right: 10px; }
  .screen { display: none; }
}
`;
