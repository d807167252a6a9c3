import { decodeImage } from "@convscope/data";
import { describe, expect, it } from "vitest";
import { CURVES_HEIGHT, CURVES_WIDTH, renderCurves } from "./curves.ts";
import { rasterize } from "./rasterize.ts";

const run = {
  epoch: [0, 1, 2, 3, 4],
  history: {
    loss: [0.69, 0.65, 0.6, 0.56, 0.52],
    acc: [0.53, 0.61, 0.67, 0.71, 0.74],
    val_loss: [0.67, 0.66, 0.62, 0.6, 0.61],
    val_acc: [0.58, 0.6, 0.65, 0.68, 0.67],
  },
};
const oneEpoch = { epoch: [0], history: { acc: [0.53], val_acc: [0.6] } };
const trainingOnly = { epoch: [0, 1], history: { acc: [0.53, 0.61] } };

/** The texts of an SVG, in order. */
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
/** How many training dots a chart has: the filled shapes of the first series, without that of the legend. */
const countDots = (svg: string) =>
  [...svg.matchAll(/<path[^>]*>/g)].filter(
    ([path]) =>
      path.includes('fill="#0000ff"') &&
      path.includes('ecmeta_series_index="0"') &&
      path.includes('ecmeta_ssr_type="chart"'),
  ).length;
/** The validation line: blue, and not filled; and its dash, where it has one point: a wide, flat, filled shape. */
const lines = (svg: string) => svg.match(/<path[^>]*fill="none"[^>]*stroke="#0000ff"[^>]*>/g) ?? [];
const dashes = (svg: string) =>
  [...svg.matchAll(/<path[^>]*transform="matrix\(([\d.]+),0,0,([\d.]+),[^>]*fill="#0000ff"[^>]*>/g)].filter(
    ([, width, height]) => Number(width) > Number(height),
  );

async function decode(svg: string) {
  const { data, shape } = await decodeImage(rasterize(svg));
  const pixel = (i: number) => [...data.slice(4 * i, 4 * i + 3)].join();
  const count = new Map<string, number>();
  for (let i = 0; i < data.length / 4; i++) count.set(pixel(i), (count.get(pixel(i)) ?? 0) + 1);
  return { shape, count };
}

describe("renderCurves", () => {
  it.each([
    { kind: "acc", title: "Training and validation accuracy", axis: "accuracy" },
    { kind: "loss", title: "Training and validation loss", axis: "loss" },
  ] as const)("draws $kind with the lecture's words", ({ kind, title, axis }) => {
    const { svg } = renderCurves(run, kind);
    const found = texts(svg);
    for (const text of [title, `Training ${kind}`, `Validation ${kind}`, "epoch", axis, "1", "5"]) {
      expect(found).toContain(text);
    }
    expect(found).not.toContain("0");
    expect(countDots(svg)).toBe(5);
    expect(lines(svg)).toHaveLength(1);
    expect(lines(svg)[0]).toMatch(/d="M[\d. ]+(L[\d. ]+){4}"/);
    expect(dashes(svg)).toHaveLength(0);
  });

  it("gives the same text for the same history", () => {
    expect(renderCurves(run, "acc").svg).toBe(renderCurves(run, "acc").svg);
  });

  it("leaves out what was not validated", () => {
    const { svg } = renderCurves(trainingOnly, "acc");
    expect(texts(svg)).not.toContain("Validation acc");
    expect(lines(svg)).toHaveLength(0);
    expect(countDots(svg)).toBe(2);
  });

  it("draws one epoch alone as a dot and a dash, which looks as in the legend", () => {
    const { svg } = renderCurves(oneEpoch, "acc");
    expect(texts(svg)).toEqual(expect.arrayContaining(["Training acc", "Validation acc", "1"]));
    expect(countDots(svg)).toBe(1);
    expect(dashes(svg)).toHaveLength(1);
    expect(dashes(svg)[0].slice(1).map(Number)).toEqual([12.5, 1]);
  });

  it("leaves a gap where a value is not finite", () => {
    const { svg } = renderCurves({ epoch: [0, 1, 2], history: { loss: [0.7, Number.NaN, 0.5] } }, "loss");
    expect(countDots(svg)).toBe(2);
    expect(svg).not.toContain("NaN");
  });

  it("says that nothing is a finite number, and writes huge values short", () => {
    const history = (loss: number[]) => ({ epoch: loss.map((_, i) => i), history: { loss } });
    expect(texts(renderCurves(history([Number.NaN, Number.POSITIVE_INFINITY]), "loss").svg)).toContain(
      "no value is a finite number",
    );
    const found = texts(renderCurves(history([0.7, 1e30]), "loss").svg);
    expect(found).toContain("1e+30");
    expect(found).not.toContain("no value is a finite number");
  });

  it("draws in another size, and dots of a hundred epochs apart", () => {
    const long = { epoch: [...Array(100).keys()], history: { acc: Array(100).fill(0.5) } };
    const { svg } = renderCurves(long, "acc", { width: 400, height: 340 });
    expect(svg).toContain('viewBox="0 0 400 340"');
    expect(countDots(svg)).toBe(100);
    expect(svg).toContain('transform="matrix(2,0,0,2,');
  });

  it("reads the longer name of the metric", () => {
    const { svg } = renderCurves({ epoch: [0], history: { accuracy: [0.5] } }, "acc");
    expect(texts(svg)).toContain("Training acc");
  });

  it("refuses a history without the value", () => {
    expect(() => renderCurves({ epoch: [0], history: { loss: [0.7] } }, "acc")).toThrow(
      '[curves] the history has no "acc", only loss: train an epoch at least, with the metric asked for.',
    );
    expect(() => renderCurves({ epoch: [], history: {} }, "loss")).toThrow('no "loss", only nothing');
  });
});

describe("rasterize", () => {
  it("gives a PNG of the chart's size, with white ground, blue marks and dark text", async () => {
    const { shape, count } = await decode(renderCurves(run, "acc").svg);
    expect(shape).toEqual([CURVES_HEIGHT, CURVES_WIDTH, 4]);
    expect(count.get("255,255,255")).toBeGreaterThan(0.8 * CURVES_WIDTH * CURVES_HEIGHT);
    expect(count.get("0,0,255")).toBeGreaterThan(500);
  });

  it("sets text with the project's own font", async () => {
    const page = (text: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="50"><rect width="200" height="50" fill="white"/>` +
      `<text x="5" y="35" font-family="No Such Font" font-size="30" fill="black">${text}</text></svg>`;
    const dark = async (text: string) => (await decode(page(text))).count.get("0,0,0") ?? 0;
    expect(await dark("")).toBe(0);
    expect(await dark("accuracy")).toBeGreaterThan(300);
    expect(await dark("accuracy")).toBeGreaterThan(2 * (await dark("acc")));
  });
});
