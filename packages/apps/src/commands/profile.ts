import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFailure } from "@convscope/data";
import {
  type KernelChoice,
  measureCeilings,
  type NdArray,
  type Precision,
  type Profile,
  RandomStream,
  sizeOf,
} from "@convscope/kernels";
import type { Sequential } from "@convscope/layers";
import { deviceLine, openDevice } from "../device.ts";
import { buildSmallCnn, compileSmallCnn, imageSize } from "../experiments/small-cnn.ts";
import { Output } from "../output.ts";
import { median, overlapOf, ratesOf, rowsOf, sum } from "../profile/rows.ts";
import { digits, percent, tableOf } from "../profile/table.ts";
import { chromeTrace } from "../profile/trace.ts";
import { versions } from "../report/versions.ts";
import { writeFileAtomic } from "../report/write-file-atomic.ts";

export interface ProfileOptions {
  readonly steps: number;
  readonly batchSize: number;
  readonly kernels: KernelChoice;
  readonly precision: Precision;
  readonly trace?: string;
  readonly json?: boolean;
}

/** Steps after the first one before anything is timed: memory is had, and the processor is awake. */
const WARM_UP_STEPS = 2;

/** Where a training step of the small CNN spends its time, kernel by kernel. */
export async function profile(options: ProfileOptions): Promise<void> {
  const { steps, batchSize, kernels, precision, trace, json = false } = options;
  const output = new Output(json);
  if (trace !== undefined) await checkWritable(trace);
  using device = await openDevice(kernels, precision);
  const { adapter } = device;
  output.say(deviceLine(adapter));
  output.say(`A training step of small-cnn: ${batchSize} random pictures of 150×150, kernels ${kernels}.`);
  using model = buildSmallCnn({ device, seed: 0 });
  compileSmallCnn(model);
  const step = trainingStep(model, batchSize);

  const first = await step();
  const { pipelines } = device.created;
  output.say(`${"first step".padEnd(20)}${digits(first)} ms: it compiles, ${pipelines} pipelines`);
  await repeat(WARM_UP_STEPS, step);
  const plain = spread(await repeat(steps, step));
  output.say(`${"step".padEnd(20)}${spreadText(plain)}`);

  const profiles: Profile[] = [];
  const profiled = spread(
    await repeat(steps, async () => {
      device.startProfiling();
      const milliseconds = await step();
      profiles.push(await device.stopProfiling());
      return milliseconds;
    }),
  );
  output.say(`${"step, profiled".padEnd(20)}${spreadText(profiled)}`);
  const rows = rowsOf(profiles);
  const inKernels = sum(rows.map(({ milliseconds }) => milliseconds));
  const share = inKernels / profiled.median;
  output.say(`${"in kernels".padEnd(20)}${digits(inKernels)} ms, ${percent(share)} of the profiled step`);
  const ceilings = await measureCeilings(device);
  const { gflops, gigabytesPerSecond } = ceilings;
  output.say(
    `${"ceilings".padEnd(20)}${digits(gflops)} GFLOP/s multiply-adds, ${digits(gigabytesPerSecond)} GB/s reading`,
  );
  const [{ method }] = profiles;
  const overlap = median(profiles.map(overlapOf));
  output.say("");
  for (const line of tableOf(rows, ceilings, profiled.median)) output.say(line);
  output.say("");
  for (const line of notes(method, overlap)) output.say(line);

  if (trace !== undefined) {
    await writeFileAtomic(trace, JSON.stringify(chromeTrace(profiles, adapter)));
    output.say("");
    output.say(`${trace}: open it in chrome://tracing or https://ui.perfetto.dev`);
  }
  output.result({
    experiment: "small-cnn",
    arguments: { steps, batchSize, kernels, precision },
    adapter,
    versions: versions(),
    method,
    milliseconds: { firstStep: first, step: plain, profiledStep: profiled, inKernels, overlap },
    pipelines,
    ceilings,
    kernels: rows.map(({ shapes, ...row }) => ({
      ...row,
      shareOfStep: row.milliseconds / profiled.median,
      ...ratesOf(row, ceilings),
      shapes: shapes.map((shape) => ({
        ...shape,
        shareOfStep: shape.milliseconds / profiled.median,
        ...ratesOf(shape, ceilings),
      })),
    })),
    trace,
  });
}

/** A training step from arrays to the loss, waited for; on the same pictures each time. @returns its milliseconds */
function trainingStep(model: Sequential, batchSize: number): () => Promise<number> {
  const random = new RandomStream(0, "test");
  const filled = (shape: readonly number[], draw: () => number): NdArray => ({
    shape,
    data: Float32Array.from({ length: sizeOf(shape) }, draw),
  });
  const x = filled([batchSize, ...imageSize, 3], () => random.uniform(0, 1));
  const y = filled([batchSize, 1], () => random.integer(2));
  return async () => {
    const before = performance.now();
    await model.trainOnBatch(x, y);
    return performance.now() - before;
  };
}

async function repeat(times: number, step: () => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (let i = 0; i < times; i++) results.push(await step());
  return results;
}

interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

const spreadText = ({ median, min, max }: Spread) =>
  `${digits(median)} ms, from ${digits(min)} to ${digits(max)}`;

/** What the numbers mean. */
function notes(method: Profile["method"], overlap: number): string[] {
  const timing =
    method === "timestamp-query"
      ? "Timing: timestamp queries, the device's clock; each kernel in a pass of its own."
      : "Timing: the clock on the wall, kernel by kernel; handing over is in the times.";
  return [
    timing,
    overlap < 0.001
      ? "No two kernels overlap."
      : `Kernels overlap by ${digits(overlap)} ms a step, which is in the times of both.`,
    "Times are medians of the steps. A step: pictures up, forward, backward, update,",
    "loss read. rate and ceiling: operations or bytes, whichever comes nearer to what",
    "the device reaches. Operations are those of the direct convolution (Winograd's",
    "needs fewer); bytes are the least traffic: each operand once.",
  ];
}

/** Looks at where the trace goes before anything slow begins. @throws where it cannot be written */
async function checkWritable(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    throw new Error(`[profile] ${path} is a folder: give a file as --trace.`);
  }
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `[profile] cannot write ${path}: ${writeFailure(error)}: give a file in a folder that you may write to as --trace.`,
      { cause: error },
    );
  }
}
