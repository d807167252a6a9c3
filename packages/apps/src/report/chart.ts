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

/** A page in the dark changes these, and no others. */
export const CHART_COLORS = { ground: "#ffffff", text: "#222222", grid: "#e4e4e4", blue: "#0000ff" } as const;
const TEXT = CHART_COLORS.text;
/** Where a chart is narrower, its words are smaller and its margins narrow. */
const WIDE = 500;
/** A line of one point, and how it is shown in a legend: pixels. */
const DASH = 25;

const fontSizes = ({ width }: ChartSize) =>
  width < WIDE ? { title: 15, name: 12, label: 12 } : { title: 18, name: 14, label: 13 };

/**
 * What every chart over epochs has: title, legend, axes.
 * @param epochs the last one, from 1
 * @param isEmpty whether there is no point to draw
 * @param foot pixels kept free below
 */
export function epochChart(kind: Curve, epochs: number, size: ChartSize, { isEmpty = false, foot = 0 } = {}) {
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
    splitLine: { lineStyle: { color: CHART_COLORS.grid } },
  };
  return {
    animation: false,
    backgroundColor: CHART_COLORS.ground,
    textStyle: { fontFamily: FONT_FAMILIES },
    title: [
      {
        text: CURVE_WORDS[kind].title,
        left: "center",
        top: 12,
        textStyle: { fontSize: fonts.title, color: TEXT },
      },
      ...(isEmpty
        ? [{ text: "no value is a finite number", left: "center", top: "middle", textStyle: text }]
        : []),
    ],
    subtitle: {
      left: "center",
      top: isWide ? 42 : 40,
      textStyle: { ...text, fontWeight: "normal" as const },
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

/** A value at an axis: very large and very small ones with an exponent. */
const tick = (value: number): string => {
  const size = Math.abs(value);
  const isShort = size === 0 || (size >= 1e-4 && size < 1e6);
  return isShort ? String(value) : Number(value.toPrecision(6)).toExponential();
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
    dashed = false,
  }: { readonly color: string; readonly width: number; readonly dashed?: boolean },
) {
  const alone = (i: number) => !Number.isFinite(values[i - 1]) && !Number.isFinite(values[i + 1]);
  return {
    type: "line" as const,
    color,
    lineStyle: { width, ...(dashed && { type: [6, 4] }) },
    symbol: (_: unknown, { dataIndex }: { dataIndex: number }) => (alone(dataIndex) ? "rect" : "none"),
    symbolSize: [Math.min(DASH, perEpoch), width],
    showAllSymbol: true,
    silent: true,
    data: pointsOf(epoch, values),
  };
}

/** A line of this width in a legend. */
export const lineIcon = (width: number, dashed = false) =>
  dashed
    ? `path://M0 0H6V${width}H0ZM9 0H16V${width}H9ZM19 0H${DASH}V${width}H19Z`
    : `path://M0 0H${DASH}V${width}H0Z`;

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
