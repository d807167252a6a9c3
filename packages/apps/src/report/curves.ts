import {
  CHART_COLORS,
  type ChartSize,
  type Curve,
  drawChart,
  epochChart,
  epochWidth,
  lineIcon,
  lineOf,
  pointsOf,
} from "./chart.ts";
import { accuracyKey } from "./outcome.ts";
import type { TrainingHistory } from "./training-history.ts";

/** The size of a chart in pixels. */
export const CURVES_WIDTH = 800;
export const CURVES_HEIGHT = 500;

const BLUE = CHART_COLORS.blue;
const LINE = 2;

/**
 * Draws a run as the lecture does: training as blue dots, validation as a blue line, epochs from 1. Needs no browser.
 * A value that was not measured is left out of chart and legend; one that is not finite leaves a gap.
 * @param kind "acc" draws `acc` and `val_acc` (or `accuracy` and `val_accuracy`), "loss" `loss` and `val_loss`
 * @returns an SVG document, the same for the same history
 * @throws where the history has no training value of this kind
 */
export function renderCurves(
  run: TrainingHistory,
  kind: Curve,
  size: ChartSize = { width: CURVES_WIDTH, height: CURVES_HEIGHT },
): { svg: string } {
  const { epoch, history } = run;
  const key = kind === "acc" ? (accuracyKey(run) ?? kind) : kind;
  const training = history[key];
  if (training === undefined || training.length === 0) {
    throw new Error(
      `[curves] the history has no "${key}", only ${Object.keys(history).join(", ") || "nothing"}: ` +
        "train an epoch at least, with the metric asked for.",
    );
  }
  const validation = history[`val_${key}`] ?? [];
  const lastEpoch = epoch[epoch.length - 1] + 1;
  const isEmpty = ![...training, ...validation].some(Number.isFinite);
  const base = epochChart(kind, lastEpoch, size, { isEmpty });
  const perEpoch = epochWidth(base, lastEpoch, size);
  const names = [`Training ${kind}`, `Validation ${kind}`];
  const legend = [
    { name: names[0], icon: "circle", itemStyle: { opacity: 1 } },
    { name: names[1], icon: lineIcon(LINE), itemStyle: { color: BLUE } },
  ];
  const dots = {
    name: names[0],
    type: "scatter",
    symbol: "circle",
    // Many epochs: smaller, so that dots stay apart.
    symbolSize: Math.max(4, Math.min(9, perEpoch)),
    color: BLUE,
    itemStyle: { opacity: 1 },
    silent: true,
    data: pointsOf(epoch, training),
  };
  const line = { name: names[1], ...lineOf(epoch, validation, perEpoch, { color: BLUE, width: LINE }) };
  const hasValidation = validation.length > 0;
  return drawChart(
    {
      ...base,
      legend: { ...base.legend, top: 44, itemGap: 28, data: hasValidation ? legend : legend.slice(0, 1) },
      series: hasValidation ? [dots, line] : [dots],
    },
    size,
  );
}
