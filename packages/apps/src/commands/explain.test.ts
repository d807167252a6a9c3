import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { convscopeHere, folderOfTests } from "../testing/convscope.ts";
import { workgroupSizeOf } from "./explain.ts";

const wgsl = (path: string) =>
  readFileSync(new URL(`../../../kernels/src/${path}.wgsl`, import.meta.url), "utf8");

const conv2d = ["explain", "conv2d", "--input", "2,7,8,3", "--filters", "5", "--kernel-size", "3,2"];

describe("convscope explain", () => {
  const folder = folderOfTests();

  it("says what runs for a convolution, why, and what it costs, and shows the file that is compiled", async () => {
    const { code, stdout, stderr } = await convscopeHere(...conv2d, "--kernels", "naive");
    expect([code, stderr]).toEqual([0, ""]);
    const [device, ...lines] = stdout.split("\n");
    expect(device).toMatch(/^Device: \S/);
    const candidates = lines.slice(lines.indexOf("candidates") + 1, lines.indexOf("choice"));
    expect(candidates.slice(0, 2)).toEqual(["  naive       chosen", "  registers   can run"]);
    const refusal = / {2}subgroups {3}refuses: (the adapter has|a subgroup has|OUT_C is 5)/;
    expect(candidates.some((line) => refusal.test(line))).toBe(true);
    const without = lines.filter((line) => !candidates.includes(line)).join("\n");
    expect(without).toBe(`
conv2d.forward
  conv2d [2,7,8,3] * [3,2,3,5] -> [2,5,7,5], strides 1×1, dilation 1×1, padding
  top 0 bottom 0 left 0 right 0

candidates
choice
  it was named
launches
  conv2d.forward.naive
    grid 6×1×1 of workgroups 64: 384 invocations
    IN_H=7 IN_W=8 IN_C=3 FILTER_H=3 FILTER_W=2 OUT_H=5 OUT_W=7 OUT_C=5
    STRIDE_H=1 STRIDE_W=1 DILATION_H=1 DILATION_W=1 PAD_TOP=0 PAD_LEFT=0
    ACTIVATION=1 HAS_BIAS=1
cost
  12.6 kFLOP; at least 3.12 kB to read and write: 4.03 FLOP a byte

-- conv2d.forward.naive, as compiled -------------------------------------------

${wgsl("conv2d/forward-1-naive")}`);
  });

  it("gives the WGSL alone, as it stands in the file", async () => {
    const { stdout } = await convscopeHere(
      ...conv2d,
      "--kernels",
      "registers",
      "--pass",
      "backwardInput",
      "--wgsl",
    );
    expect(stdout).toBe(wgsl("conv2d/backward-input-2-registers"));
  });

  it("says the same to programs, of all passes", async () => {
    const { stdout, stderr } = await convscopeHere(
      "explain",
      "dense",
      "--input",
      "20,6",
      "--units",
      "5",
      "--pass",
      "all",
      "--kernels",
      "registers",
      "--json",
    );
    const report = JSON.parse(stdout);
    expect([stderr, report.kernels, report.tuning]).toEqual(["", "registers", null]);
    expect(report.passes.map(({ pass }: { pass: string }) => pass)).toEqual([
      "dense.forward",
      "dense.backwardInput",
      "dense.backwardWeights",
    ]);
    expect(report.passes[0]).toMatchObject({
      sizes: "dense [20,6] x [6,5] -> [20,5]",
      why: "it was named",
      launches: [
        {
          kernel: "dense.forward.registers",
          constants: { IN: 6, OUT: 5 },
          grid: [5, 1, 1],
          workgroupSize: [8],
          invocations: 40,
          count: 1,
        },
      ],
      flop: 1200,
      bytes: 4 * (120 + 30 + 5 + 100),
    });
    expect(report.wgsl["dense.forward.registers"]).toBe(wgsl("dense/forward-2-registers"));
  });

  it("says why another variant than the named one runs", async () => {
    const { stdout } = await convscopeHere(...conv2d, "--kernels", "winograd");
    expect(stdout).toContain("\n  winograd cannot run here: the next plainer one does\n");
  });

  it("says that the device was not tuned yet", async () => {
    vi.stubEnv("CONVSCOPE_CACHE", folder());
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const { stdout } = await convscopeHere(...conv2d, "--kernels", "tuned");
    expect(error.mock.calls).toEqual([
      ["convscope: [tuning] this device was not tuned yet: auto's kernels run. `convscope tune` measures."],
    ]);
    expect(stdout.replace(/\s+/g, " ")).toContain("these sizes were not measured on this device; ");
    error.mockRestore();
    vi.unstubAllEnvs();
  });

  it("knows max-pooling, whose kernel goes by the windows", async () => {
    const pool = ["explain", "maxpool2d", "--input", "1,6,6,4", "--pool-size", "2", "--pass", "backward"];
    const { stdout: apart } = await convscopeHere(...pool);
    expect(apart).toContain("\n  maxpool2d.backward-cells\n");
    expect(apart).toContain("\n  no multiply-adds; at least 864 B to read and write\n");
    const { stdout: overlapping } = await convscopeHere(...pool, "--strides", "1");
    expect(overlapping).toContain("\n  maxpool2d.backward\n");
  });

  it.each([
    [
      "[conv2d] x must have 4 dimensions, has 3: x [2,7,8] (NHWC), filter [3,3,8,5] (HWIO).",
      ["conv2d", "--input", "2,7,8", "--filters", "5", "--kernel-size", "3"],
    ],
    [
      '[conv2d height] the window spans 9 pixels, the input with its padding has 7: give a smaller window, a larger input, or padding "same".',
      ["conv2d", "--input", "2,7,8,3", "--filters", "5", "--kernel-size", "9"],
    ],
    [
      "[dense] x must have at least 2 dimensions, has 1: x [6], weights [6,5] (inputs, outputs).",
      ["dense", "--input", "6", "--units", "5"],
    ],
  ])("refuses sizes that do not fit: %s", async (message, args) => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await convscopeHere("explain", ...args)).toMatchObject({ code: 1, stdout: "" });
    expect(error.mock.calls).toEqual([[`convscope: ${message}`]]);
    error.mockRestore();
  });

  it.each([
    [
      "'--input <shape>' argument '2,x' is invalid. Give whole numbers of at least 1, with commas: 20,37,37,256.",
      "--input",
      "2,x",
    ],
    [
      "'--input <shape>' argument '2,0' is invalid. Give whole numbers of at least 1, with commas: 20,37,37,256.",
      "--input",
      "2,0",
    ],
    [
      "'--kernel-size <n>' argument '1,2,3' is invalid. Give a whole number of at least 1, or two with a comma: height,width.",
      "--kernel-size",
      "1,2,3",
    ],
    [
      "'--pass <which>' argument 'backwardWeights' is invalid. Allowed choices are forward, backwardInput, backwardFilter, all.",
      "--pass",
      "backwardWeights",
    ],
  ])("refuses arguments with exit code 2: option %s", async (message, ...args) => {
    const { code, stderr } = await convscopeHere(...conv2d, ...args);
    expect([code, stderr]).toEqual([2, `error: option ${message}\n(--help shows what there is)\n`]);
  });
});

describe("a file's workgroup size", () => {
  it("is read, be it in numbers or in constants", () => {
    expect(workgroupSizeOf("@compute @workgroup_size(8, 4u) fn main() {}")).toEqual([8, 4]);
    expect(workgroupSizeOf("const X = 16u;\nconst Y: u32 = 2;\n@compute @workgroup_size(X, Y)")).toEqual([
      16, 2,
    ]);
    expect(workgroupSizeOf("override X: u32;\n@compute @workgroup_size(X)")).toBeUndefined();
  });
});
