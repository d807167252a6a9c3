import { LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { FONT_FAMILY } from "./rasterize.ts";
import type { TrainingHistory } from "./training-history.ts";

use([LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** The size of a chart in pixels. */
export const CURVES_WIDTH = 800;
export const CURVES_HEIGHT = 500;

const BLUE = "#0000ff";
const TEXT = "#222222";

const words = {
  acc: { title: "Training and validation accuracy", axis: "accuracy" },
  loss: { title: "Training and validation loss", axis: "loss" },
} as const;

/**
 * Draws a run as the lecture does: training as blue dots, validation as a blue line, epochs from 1. Needs no browser.
 * A value that was not measured is left out of chart and legend; one that is not finite leaves a gap.
 * @param kind "acc" draws `acc` and `val_acc` (or `accuracy` and `val_accuracy`), "loss" `loss` and `val_loss`
 * @returns an SVG document, the same for the same history
 * @throws where the history has no training value of this kind
 */
export function renderCurves({ epoch, history }: TrainingHistory, kind: "acc" | "loss"): { svg: string } {
  const key = kind === "acc" && !("acc" in history) && "accuracy" in history ? "accuracy" : kind;
  const training = history[key];
  if (training === undefined || training.length === 0) {
    throw new Error(
      `[curves] the history has no "${key}", only ${Object.keys(history).join(", ") || "nothing"}: ` +
        "train an epoch at least, with the metric asked for.",
    );
  }
  const validation = history[`val_${key}`] ?? [];
  const points = (values: readonly number[]) =>
    values.map((value, i) => [epoch[i] + 1, Number.isFinite(value) ? value : null]);
  const lastEpoch = epoch[epoch.length - 1] + 1;
  const title = {
    text: words[kind].title,
    left: "center",
    top: 12,
    textStyle: { fontSize: 18, color: TEXT },
  };
  const text = { color: TEXT, fontSize: 13 };
  const axis = {
    type: "value" as const,
    nameLocation: "middle" as const,
    nameTextStyle: { ...text, fontSize: 14 },
    axisLabel: text,
    axisLine: { show: true, onZero: false, lineStyle: { color: TEXT } },
    axisTick: { show: true },
    splitLine: { lineStyle: { color: "#e4e4e4" } },
  };

  const chart = init(null, null, { renderer: "svg", ssr: true, width: CURVES_WIDTH, height: CURVES_HEIGHT });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      textStyle: { fontFamily: FONT_FAMILY },
      title,
      legend: {
        selectedMode: false,
        top: 44,
        itemGap: 28,
        textStyle: { ...text, fontSize: 14 },
        data: [
          { name: `Training ${kind}`, icon: "circle", itemStyle: { opacity: 1 } },
          { name: `Validation ${kind}`, icon: "path://M0 0H25V2H0Z", itemStyle: { color: BLUE } },
        ].slice(0, validation.length === 0 ? 1 : 2),
      },
      grid: { left: 80, right: 30, top: 80, bottom: 62 },
      // An epoch of room on both sides, so that no dot lies on the value axis.
      xAxis: {
        ...axis,
        name: "epoch",
        nameGap: 34,
        minInterval: 1,
        min: 0,
        max: lastEpoch + 1,
        axisLabel: {
          ...text,
          formatter: (value: number) => (value >= 1 && value <= lastEpoch ? String(value) : ""),
        },
      },
      yAxis: { ...axis, name: words[kind].axis, nameGap: 52, scale: true },
      series: [
        {
          name: `Training ${kind}`,
          type: "scatter",
          symbol: "circle",
          symbolSize: 9,
          color: BLUE,
          itemStyle: { opacity: 1 },
          silent: true,
          data: points(training),
        },
        ...(validation.length === 0
          ? []
          : [
              {
                name: `Validation ${kind}`,
                type: "line",
                color: BLUE,
                lineStyle: { width: 2 },
                // A line needs two points: one without neighbours is drawn as a ring.
                symbol: (_: unknown, { dataIndex }: { dataIndex: number }) =>
                  isAlone(validation, dataIndex) ? "emptyCircle" : "none",
                symbolSize: 14,
                showAllSymbol: true,
                silent: true,
                data: points(validation),
              },
            ]),
      ],
    });
    return { svg: withOwnNumbers(chart.renderToSVGString()) };
  } finally {
    chart.dispose();
  }
}

function isAlone(values: readonly number[], i: number): boolean {
  return !Number.isFinite(values[i - 1]) && !Number.isFinite(values[i + 1]);
}

/** echarts numbers identifiers through all charts it ever drew: numbered anew, equal charts are equal texts. */
function withOwnNumbers(svg: string): string {
  const names = new Map<string, string>();
  return svg.replace(/\bzr\d+-[a-z]+(?:-?\d+)?/g, (name) => {
    if (!names.has(name)) names.set(name, `zr-${names.size}`);
    return names.get(name)!;
  });
}
