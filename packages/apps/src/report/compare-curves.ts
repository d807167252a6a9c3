import { type ChartSize, type Curve, drawChart, epochChart, epochWidth, lineIcon, lineOf } from "./chart.ts";
import { accuracyKey } from "./outcome.ts";
import type { RunState } from "./report-data.ts";
import type { TrainingHistory } from "./training-history.ts";

/** A run among others. */
export interface ComparedRun {
  /** What it is called: the name of its folder. */
  readonly label: string;
  readonly experiment: string;
  readonly history: TrainingHistory;
  readonly state: RunState;
  readonly seconds: number;
  /** What repeats it. */
  readonly command: string;
  /** What a reader must know to judge its numbers. */
  readonly notes: readonly string[];
  /** Where its own report is, as a link. */
  readonly report?: string;
}

/** Apart for those who confuse red and green too; dark enough for white, light enough for black ground. */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#808080"];
/** Of the validation's line, and the training's. */
const [BOLD, THIN] = [2, 0.8];
/** Of a line in the legend. */
const LEGEND_LINE = 22;
/** Of a letter, on the wide side. */
const LETTER = 8.7;

/** How a run is drawn. Where there are more runs than colours, the colours come again, with dashed lines. */
export const styleOf = (index: number): { color: string; dashed: boolean } => ({
  color: COLORS[index % COLORS.length],
  dashed: index >= COLORS.length,
});

/**
 * Draws several runs in one chart: each in its colour, validation as a bold line, training as a thin one; below them a
 * legend, a line a run. A run without such values is in the legend alone, and says so there.
 * @param size without the legend, which makes it higher
 * @returns an SVG document, and its height
 */
export function compareCurves(
  runs: readonly ComparedRun[],
  kind: Curve,
  size: ChartSize = { width: 800, height: 500 },
): { svg: string; height: number } {
  const foot = runs.length * LEGEND_LINE + 18;
  const whole = { width: size.width, height: size.height + foot };
  const epochs = Math.max(1, ...runs.map(({ history }) => history.epoch.length));
  const drawn = runs.map(({ history: run }) => {
    const key = kind === "acc" ? accuracyKey(run) : kind;
    const values = (name: string) => run.history[name] ?? [];
    return {
      epoch: run.epoch,
      training: key ? values(key) : [],
      validation: key ? values(`val_${key}`) : [],
    };
  });
  const isEmpty = !drawn.some(({ training, validation }) =>
    [...training, ...validation].some(Number.isFinite),
  );
  const base = epochChart(kind, epochs, whole, { isEmpty, foot });
  const perEpoch = epochWidth(base, epochs, whole);
  const names = runs.map(({ label }, i) => nameOf(label, drawn[i], i, size.width - base.grid.left - 40));
  const series = drawn.flatMap(({ epoch, training, validation }, i) => {
    const { color, dashed } = styleOf(i);
    const line = (values: readonly number[], width: number) => ({
      name: names[i],
      ...lineOf(epoch, values, perEpoch, { color, width, dashed }),
    });
    return [line(training, THIN), line(validation, BOLD)];
  });
  const { svg } = drawChart(
    {
      ...base,
      title: [...base.title, { ...base.subtitle, text: "bold: validation, thin: training" }],
      legend: {
        ...base.legend,
        orient: "vertical",
        left: base.grid.left - 6,
        bottom: 10,
        itemGap: LEGEND_LINE - 14,
        itemHeight: 14,
        data: names.map((name, i) => ({
          name,
          icon: lineIcon(BOLD, styleOf(i).dashed),
          itemStyle: { color: styleOf(i).color, opacity: 1 },
        })),
      },
      series,
    },
    whole,
  );
  return { svg, height: whole.height };
}

/** Names are keys in a chart: equal ones are told apart by their number. */
function nameOf(
  label: string,
  { training, validation }: { readonly training: readonly number[]; readonly validation: readonly number[] },
  index: number,
  width: number,
): string {
  const lacks =
    training.length === 0 ? " (not measured)" : validation.length === 0 ? " (without validation)" : "";
  const number = `${index + 1}  `;
  return `${number}${shortened(label, Math.floor(width / LETTER) - number.length - lacks.length)}${lacks}`;
}

/** Beginning and end: names of runs differ in both. */
function shortened(words: string, letters: number): string {
  if (words.length <= letters) return words;
  const half = Math.floor((letters - 1) / 2);
  return `${words.slice(0, half)}…${words.slice(words.length - half)}`;
}

/** Drawings below one another, as one. */
export function stacked(drawings: readonly { svg: string; height: number }[], width: number): string {
  let y = 0;
  const parts = drawings.map(({ svg, height }, i) => {
    const part = svg.replace("<svg ", `<svg y="${y}" `).replaceAll(/\bzr-(?=\d)/g, `zr-${i}-`);
    y += height;
    return part;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}">\n${parts.join("\n")}\n</svg>\n`;
}
