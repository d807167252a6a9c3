import { LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { FONT_FAMILIES } from "./rasterize.ts";

use([LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

export type Curve = "acc" | "loss";

/** The lecture's words. */
export const CURVE_WORDS = {
  acc: { title: "Training and validation accuracy", axis: "accuracy" },
  loss: { title: "Training and validation loss", axis: "loss" },
} as const;

const TEXT = "#222222";
/** Where a chart is narrower, its words are smaller and its margins narrow. */
const WIDE = 600;
/** A line of one point, and how it is shown in a legend: pixels. */
const DASH = 25;

const fontSizes = ({ width }: ChartSize) =>
  width < WIDE ? { title: 15, name: 12, label: 12 } : { title: 18, name: 14, label: 13 };

/**
 * What every chart over epochs has: title, legend, axes.
 * @param epochs from 1
 * @param foot pixels kept free below
 */
export function epochChart(kind: Curve, epochs: number, size: ChartSize, foot = 0) {
  const fonts = fontSizes(size);
  const isWide = size.width >= WIDE;
  const text = { color: TEXT, fontSize: fonts.label };
  const axis = {
    type: "value" as const,
    nameLocation: "middle" as const,
    nameTextStyle: { ...text, fontSize: fonts.name },
    axisLabel: text,
    axisLine: { show: true, onZero: false, lineStyle: { color: TEXT } },
    axisTick: { show: true },
    splitLine: { lineStyle: { color: "#e4e4e4" } },
  };
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT_FAMILIES },
    title: {
      text: CURVE_WORDS[kind].title,
      left: "center",
      top: 12,
      textStyle: { fontSize: fonts.title, color: TEXT },
    },
    legend: { selectedMode: false, textStyle: { ...text, fontSize: fonts.name } },
    grid: isWide
      ? { left: 80, right: 30, top: 80, bottom: 62 + foot }
      : { left: 62, right: 14, top: 72, bottom: 52 + foot },
    // An epoch of room on both sides, so that no dot lies on the value axis.
    xAxis: {
      ...axis,
      name: "epoch",
      nameGap: isWide ? 34 : 28,
      minInterval: 1,
      min: 0,
      max: epochs + 1,
      axisLabel: {
        ...text,
        formatter: (value: number) => (value >= 1 && value <= epochs ? String(value) : ""),
      },
    },
    yAxis: {
      ...axis,
      name: CURVE_WORDS[kind].axis,
      nameGap: isWide ? 52 : 44,
      scale: true,
      axisLabel: { ...text, formatter: tick },
    },
  };
}

/** A value at an axis; short ones as they are. */
const tick = (value: number): string => {
  const text = String(Number(value.toPrecision(4)));
  return text.length <= 6 ? text : value.toExponential(1);
};

/** Pixels from one epoch to the next. */
export const epochWidth = (
  { grid }: { grid: { left: number; right: number } },
  epochs: number,
  { width }: ChartSize,
) => (width - grid.left - grid.right) / (epochs + 1);

/** The points of a curve; what is not finite leaves a gap. */
export const pointsOf = (epoch: readonly number[], values: readonly number[]) =>
  values.map((value, i) => [epoch[i] + 1, Number.isFinite(value) ? value : null]);

/**
 * A line through points. It needs two of them: one without neighbours is drawn as a dash, which looks as the line does in
 * the legend.
 */
export function lineOf(
  epoch: readonly number[],
  values: readonly number[],
  perEpoch: number,
  {
    color,
    width,
    opacity = 1,
  }: { readonly color: string; readonly width: number; readonly opacity?: number },
) {
  const alone = (i: number) => !Number.isFinite(values[i - 1]) && !Number.isFinite(values[i + 1]);
  return {
    type: "line" as const,
    color,
    lineStyle: { width, opacity },
    itemStyle: { opacity },
    symbol: (_: unknown, { dataIndex }: { dataIndex: number }) => (alone(dataIndex) ? "rect" : "none"),
    symbolSize: [Math.min(DASH, perEpoch), width],
    showAllSymbol: true,
    silent: true,
    data: pointsOf(epoch, values),
  };
}

/** A line of this width in a legend. */
export const lineIcon = (width: number) => `path://M0 0H${DASH}V${width}H0Z`;

/** Draws a chart as an SVG document, without a browser; the same for the same option. */
export function drawChart(option: EChartsCoreOption, { width, height }: ChartSize): { svg: string } {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(option);
    return { svg: withOwnNumbers(chart.renderToSVGString()) };
  } finally {
    chart.dispose();
  }
}

/** echarts numbers identifiers through all charts it ever drew: numbered anew, equal charts are equal texts. */
function withOwnNumbers(svg: string): string {
  const names = new Map<string, string>();
  return svg.replace(/\bzr\d+-[a-z]+(?:-?\d+)?/g, (name) => {
    if (!names.has(name)) names.set(name, `zr-${names.size}`);
    return names.get(name)!;
  });
}
