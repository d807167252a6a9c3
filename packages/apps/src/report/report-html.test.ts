import { describe, expect, it } from "vitest";
import { expectPage, tags } from "../testing/expect-page.ts";
import { type ComparedRun, compareCurves, stacked } from "./compare-curves.ts";
import { compareHtml } from "./compare-html.ts";
import { outcomeOf, valueText } from "./outcome.ts";
import { rasterize } from "./rasterize.ts";
import type { ReportData } from "./report-data.ts";
import { reportHtml } from "./report-html.ts";

const EVIL = `</pre><script src="http://evil.example/x.js">'&"</script>`;
const ESCAPED =
  "&lt;/pre&gt;&lt;script src=&quot;http://evil.example/x.js&quot;&gt;&#39;&amp;&quot;&lt;/script&gt;";

const history = {
  epoch: [0, 1, 2],
  history: {
    loss: [0.7, Number.NaN, 0.5],
    acc: [0.5, 0.6, 0.7],
    val_loss: [0.69, 0.65, 0.66],
    val_acc: [0.55, 0.65, 0.6],
  },
};

const mistake = { index: 0, file: "cats/1.jpg", label: "cats", predicted: "dogs", probability: 0.987 };
const data: ReportData = {
  experiment: { name: "small-cnn", question: "How far?", claim: "71 %", slides: "Building the Network" },
  measured: "0.6500 at best.",
  rows: [{ what: "validation accuracy", claimed: "0.71", measured: "0.65" }],
  history,
  summary: "Layer (type)",
  mistakes: [
    {
      split: "validation",
      pictures: 1000,
      wrong: 350,
      worst: [{ ...mistake, jpeg: Uint8Array.of(1, 2, 3) }],
    },
  ],
  facts: [{ title: "Device", rows: [["adapter", "llvmpipe"]] }],
  command: "convscope run small-cnn --seed 0",
  state: "finished",
  seconds: 3725,
  notes: [],
};

/** The text between tags, in one line. */
const words = (page: string) =>
  page
    .replace(/<style>.*?<\/style>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

describe("reportHtml", () => {
  it("is one page that needs nothing else, with all that is known", () => {
    const page = reportHtml(data);
    expectPage(page);
    const said = words(page);
    for (const text of [
      "small-cnn Finished after 3 epochs. It took 1 h 2 min.",
      "How far?",
      "The lecture says 71 %",
      "Slides: Building the Network",
      "Measured 0.6500 at best.",
      "validation accuracy 0.71 0.65",
      "loss is not a finite number in epoch 2: its curve has a gap there.",
      "validation accuracy 0.6500 (epoch 2) 0.6000 0.6000",
      "2 not a number 0.6000 0.6500 0.6500",
      "350 of 1,000 validation pictures are wrong (35.0 %). Here are the 1 of them",
      "cats/1.jpg cats, taken for dogs (0.987)",
      "adapter llvmpipe",
      "convscope run small-cnn --seed 0",
    ]) {
      expect(said).toContain(text);
    }
    expect(page).toContain('src="data:image/jpeg;base64,AQID"');
    expect(tags(page).filter(({ name }) => name === "svg")).toHaveLength(4); // two curves, wide and narrow
  });

  it("escapes whatever is inserted", () => {
    const rows = [{ what: EVIL, claimed: EVIL, measured: EVIL }];
    const page = reportHtml({
      ...data,
      experiment: { name: EVIL, question: EVIL, claim: EVIL, slides: EVIL },
      measured: EVIL,
      rows,
      history: { epoch: [0], history: { loss: [0.5], [EVIL]: [1] } },
      summary: EVIL,
      mistakes: [
        {
          split: EVIL,
          pictures: 1,
          wrong: 1,
          worst: [{ ...mistake, file: EVIL, label: EVIL, predicted: EVIL, jpeg: Uint8Array.of(1) }],
        },
      ],
      facts: [{ title: EVIL, rows: [[EVIL, EVIL]] }],
      command: EVIL,
      notes: [EVIL],
    });
    expectPage(page);
    expect(page).not.toContain("<script");
    expect(page.split(ESCAPED).length - 1).toBeGreaterThanOrEqual(19);
  });

  it.each([
    ["running", "Under way when this page was written, after 3 epochs. So far it took"],
    ["interrupted", "Interrupted after 3 epochs. It took"],
    ["failed", "Ended by an error after 3 epochs. It took"],
  ] as const)("says that it is %s, and what is to be known", (state, text) => {
    const said = words(
      reportHtml({ ...data, state, notes: ["Resumed after epoch 2.", "The weights are random."] }),
    );
    expect(said).toContain(text);
    expect(said).toContain("Resumed after epoch 2. The weights are random.");
  });

  it("leaves out what there is not", () => {
    const page = reportHtml({ ...data, history: { epoch: [], history: {} }, mistakes: [], rows: [] });
    expectPage(page);
    expect(page).not.toMatch(/<svg|Curves|got wrong/);
    expect(words(page)).toContain("small-cnn Finished. It took");
    const begun = reportHtml({ ...data, history: { epoch: [], history: {} }, state: "interrupted" });
    expect(words(begun)).toContain("Interrupted before the first epoch was finished. It took");
  });

  it("says of a picture what is wrong with it", () => {
    const worst = [{ ...mistake, predicted: "none", probability: Number.NaN }];
    const of = (wrong: number, shown = worst) =>
      words(reportHtml({ ...data, mistakes: [{ split: "test", pictures: 10, wrong, worst: shown }] }));
    expect(of(1)).toContain("cannot be read cats/1.jpg cats, and the model gave no number");
    expect(of(0, [])).toContain("Test pictures None of 10 test pictures is wrong.");
  });
});

const run = (label: string, other: Partial<ComparedRun> = {}): ComparedRun => ({
  label,
  experiment: "small-cnn",
  history,
  state: "finished",
  seconds: 60,
  command: "convscope run small-cnn",
  notes: [],
  ...other,
});

describe("compareCurves", () => {
  /** Lines by colour. */
  const lines = (svg: string, color: string) =>
    svg.match(new RegExp(`<path[^>]*fill="none"[^>]*stroke="${color}"[^>]*>`, "g")) ?? [];

  it("draws each run in its colour, validation and training, with a legend", () => {
    const { svg, height } = compareCurves([run("first"), run("second")], "acc");
    expect([lines(svg, "#0072b2").length, lines(svg, "#d55e00").length]).toEqual([2, 2]);
    expect(svg).toMatch(/>1 {2}first<.*>2 {2}second</s);
    expect(svg).toContain(`viewBox="0 0 800 ${height}"`);
    expect(compareCurves([run("a")], "acc").height).toBeLessThan(height);
    expect(compareCurves([run("first"), run("second")], "acc").svg).toBe(svg);
  });

  it("dashes the ninth, and tells runs of one name apart", () => {
    const { svg } = compareCurves(Array(9).fill(run("same")), "loss");
    expect(svg).toContain("9  same");
    expect(lines(svg, "#0072b2").filter((path) => path.includes("stroke-dasharray"))).toHaveLength(2);
    expect(lines(svg, "#0072b2")).toHaveLength(4);
  });

  it("says what was not measured, and shortens long names in the middle", () => {
    const { svg } = compareCurves(
      [
        run("a", { history: { epoch: [0], history: { loss: [1] } } }),
        run("b", { history: { epoch: [0], history: { acc: [1] } } }),
        run(`begin${"x".repeat(300)}end<&`),
      ],
      "acc",
    );
    expect(svg).toContain("1  a (not measured)");
    expect(svg).toContain("2  b (without validation)");
    expect(svg).toMatch(/3 {2}beginx+…x+end&lt;&amp;</);
  });

  it("can be stacked into one picture", () => {
    const both = (["acc", "loss"] as const).map((kind) => compareCurves([run("a")], kind));
    const svg = stacked(both, 800);
    const ids = [...svg.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const png = rasterize(svg);
    const size = new DataView(png.buffer, png.byteOffset).getUint32(20);
    expect(size).toBe(both[0].height + both[1].height);
  });
});

describe("compareHtml", () => {
  it("is one page: what each run came to, curves, commands", () => {
    const page = compareHtml([
      run("one", { report: "./../one/report.html", state: "running" }),
      run(EVIL, { experiment: EVIL, command: EVIL, notes: [EVIL], report: EVIL }),
      run("none", { history: { epoch: [0], history: { loss: [0.5] } } }),
    ]);
    expectPage(page, { links: ["./../one/report.html", EVIL] });
    const said = words(page);
    expect(said).toContain("3 runs compared");
    expect(said).toContain(
      "one small-cnn, 3 epochs, not finished 0.6500 epoch 2 0.6000 0.6000 0.7000 1 min 0 s",
    );
    expect(said).toContain("none small-cnn, 1 epoch, finished – – – – 1 min 0 s");
  });
});

it("tells what an accuracy came to", () => {
  const of = (values: number[]) =>
    outcomeOf({ epoch: values.map((_, i) => i), history: { acc: values } }, "acc");
  expect(of([0, 1, 0.5, 0.5, 0.5, 0.5, 0.75])).toEqual({
    best: 1,
    bestEpoch: 2,
    lastFive: 0.55,
    final: 0.75,
  });
  expect(of([Number.NaN, 0.5])).toEqual({ best: 0.5, bestEpoch: 2, lastFive: Number.NaN, final: 0.5 });
  expect(of([Number.NaN])?.bestEpoch).toBeNaN();
  expect(of([])).toBeUndefined();
});

it("writes values as Keras does", () => {
  expect([0.5, 0, 0.0001, 1e30, Number.NaN, Number.NEGATIVE_INFINITY, undefined].map(valueText)).toEqual([
    "0.5000",
    "0.0000",
    "1.0000e-4",
    "1.0000e+30",
    "not a number",
    "−infinite",
    "–",
  ]);
});
