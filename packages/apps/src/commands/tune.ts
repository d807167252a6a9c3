import {
  type Precision,
  type TunedPass,
  type TuningReport,
  tuneDevice,
  type VariantResult,
} from "@convscope/kernels";
import { deviceLine, openDevice } from "../device.ts";
import { buildSmallCnn, compileSmallCnn, imageSize } from "../experiments/small-cnn.ts";
import { interruptible } from "../interruption.ts";
import { Output } from "../output.ts";
import { versions } from "../report/versions.ts";
import { wrapped } from "../report/wrapped.ts";

const WIDTH = 80;

export interface TuneOptions {
  readonly batchSize: number;
  readonly precision: Precision;
  readonly json?: boolean;
}

/** Measures which variants are the fastest for a training step of the small CNN, and keeps the answers. */
export async function tune({ batchSize, precision, json = false }: TuneOptions): Promise<void> {
  const output = new Output(json);
  using device = await openDevice("auto", precision);
  const { adapter } = device;
  output.say(deviceLine(adapter));
  output.say(`Tuning for a training step of small-cnn, batch ${batchSize}: a minute or two.`);
  using model = buildSmallCnn({ device });
  compileSmallCnn(model);
  const step = (samples: number) => {
    const x = { shape: [samples, ...imageSize, 3], data: new Float32Array(samples * 150 * 150 * 3) };
    return model.trainOnBatch(x, { shape: [samples, 1], data: new Float32Array(samples) });
  };
  const report = await interruptible((signal) =>
    tuneDevice(device, step, {
      batchSize,
      signal,
      onProgress(done, total, pass) {
        if (output.isTerminal) output.write(`\r${`${done + 1}/${total} ${pass}`.padEnd(WIDTH - 1)}`);
      },
    }),
  );
  if (output.isTerminal) output.write(`\r${" ".repeat(WIDTH - 1)}\r`);

  const milliseconds = {
    auto: total(report.passes, ({ auto }) => auto),
    tuned: total(report.passes, ({ choice }) => choice),
  };
  for (const line of table(report, milliseconds)) output.say(line);
  const { key, where, passes } = report;
  output.result({ adapter, versions: versions(), batchSize, key, where, milliseconds, passes });
}

/** The time of a step's passes, each by one of its variants. */
function total(passes: readonly TunedPass[], which: (pass: TunedPass) => string): number {
  return passes.reduce((sum, pass) => sum + pass.calls * (timeOf(pass, which(pass)) ?? 0), 0);
}

function timeOf({ variants }: TunedPass, name: string): number | undefined {
  const found = variants.find((variant) => variant.name === name);
  return found?.state === "timed" ? found.milliseconds : undefined;
}

/** A line for each pass, and below it the variants that do not run, the fastest first. */
export function table(
  { passes, where }: TuningReport,
  milliseconds: { auto: number; tuned: number },
): string[] {
  const row = (pass: string, sizes: string, auto: string, choice: string, gain: string) =>
    `${pass.padEnd(21)} ${sizes.padEnd(24)} ${auto.padEnd(15)} ${choice.padEnd(13)} ${gain}`.trimEnd();
  const lines = ["", row("pass", "sizes", "auto, ms", "choice, ms", ""), "-".repeat(WIDTH)];
  for (const measured of passes) {
    const { pass, auto, choice, variants } = measured;
    const [autoTime, time] = [timeOf(measured, auto), timeOf(measured, choice)];
    const isOther = choice !== auto;
    const gain = isOther && autoTime && time ? `${Math.round(100 * (1 - time / autoTime))}%` : "";
    const cell = (name: string, value: number | undefined) =>
      `${name} ${value === undefined ? "wrong" : short(value)}`;
    lines.push(
      row(
        pass,
        shortSizes(measured.sizes),
        cell(auto, autoTime),
        isOther ? cell(choice, time) : "stays",
        gain,
      ),
    );
    const others = variants
      .filter(({ name, state }) => state === "wrong" || (name !== choice && name !== auto))
      .map(inWords);
    lines.push(...wrapped(others.join("; "), WIDTH - 2).map((line) => `  ${line}`));
  }
  const { auto, tuned } = milliseconds;
  const saved = ((100 * (auto - tuned)) / auto).toFixed(1);
  lines.push(
    "-".repeat(WIDTH),
    `One step's passes: ${short(auto)} ms by auto, ${short(tuned)} ms as chosen` +
      `${Number(saved) > 0 ? `: ${saved} % less` : ""}.`,
    `Kept in ${where}`,
    "--kernels tuned goes by it.",
  );
  return lines;
}

function inWords(variant: VariantResult): string {
  if (variant.state === "timed") return `${variant.name} ${short(variant.milliseconds)}`;
  return `${variant.name}${variant.state === "wrong" ? " is WRONG" : ""}: ${variant.why}`;
}

/** Three digits. */
const short = (milliseconds: number): string =>
  milliseconds >= 100 ? milliseconds.toFixed(0) : milliseconds.toPrecision(3);

/** A convolution's sizes without what is as usual. */
const shortSizes = (sizes: string): string =>
  sizes.replace(", strides 1x1", "").replace(", dilation 1x1", "").replace(", padding 0 0 0 0", "");
