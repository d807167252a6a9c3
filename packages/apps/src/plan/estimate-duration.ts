import type { Device, NdArray } from "@convscope/kernels";
import type { Batch, Model, Sequential } from "@convscope/layers";
import { roughDuration } from "../report/duration.ts";
import { COLUMNS, wrapped } from "../report/wrapped.ts";
import { counted } from "./words.ts";

/** A run of fewer steps is over before it would be measured. */
const WORTH_IT = 8;
/** A step is measured so often, or for so long. */
const MOST_MEASURES = 5;
const ENOUGH_SECONDS = 0.5;
/** Batches that are made side by side to see how fast they come. */
const BATCHES_TIMED = 4;

/** Batches of which any can be had without moving on, as those of a directory; or arrays, which are cut into batches. */
export type Sampled =
  | { readonly length: number; batch(pass: number, index: number): Promise<Batch> }
  | { readonly x: NdArray; readonly y: NdArray };

export interface DurationRequest {
  /** Built and compiled. */
  readonly model: Sequential | Model;
  readonly device: Device;
  readonly training: Sampled;
  readonly validation?: Sampled;
  /** Of arrays. */
  readonly batchSize: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Batches of a validation. */
  readonly validationSteps?: number;
  /** Where the run goes on. Default: at its beginning. */
  readonly position?: { readonly epoch: number; readonly step: number };
  /** Ends the measuring; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What was measured of a kind of step, in seconds. */
export interface MeasuredStep {
  /** A step with its batch, as it will be time after time. */
  readonly step: number;
  /** How much of it goes to its batch. */
  readonly loading: number;
  /** How much longer the first one took: kernels are compiled, memory is made. */
  readonly first: number;
}

/** How long a run will take. */
export interface Duration {
  /** From now to the end; kernels are compiled by now. */
  readonly seconds: number;
  readonly training: MeasuredStep;
  readonly validation: MeasuredStep | undefined;
  /** In words, in lines of 80 columns. */
  readonly lines: readonly string[];
}

/**
 * Measures a step of a training and of its validation, and says how long all of them will take. Neither the model nor any
 * stream of random numbers is changed: what is trained afterwards comes to the same bits.
 * @returns undefined where so little is to be done that it need not be said
 */
export async function estimateDuration(request: DurationRequest): Promise<Duration | undefined> {
  const { model, training, validation, validationSteps = 0 } = request;
  const { stepsLeft, epochsLeft } = left(request);
  if (stepsLeft < WORTH_IT) return undefined;
  const trained = await measure(request, training, ({ x, y }) => model.rehearseOnBatch(x, y!));
  const validated =
    validation && validationSteps > 0
      ? await measure(request, validation, ({ x, y }) => model.testOnBatch(x, y!))
      : undefined;
  const seconds = stepsLeft * trained.step + epochsLeft * validationSteps * (validated?.step ?? 0);
  const measured = { seconds, training: trained, validation: validated };
  return { ...measured, lines: durationLines(measured, request) };
}

type Extent = Pick<DurationRequest, "epochs" | "stepsPerEpoch" | "validationSteps" | "position">;

function left({ epochs, stepsPerEpoch, position: { epoch, step } = { epoch: 0, step: 0 } }: Extent) {
  const epochsLeft = epochs - epoch;
  return { epoch, step, epochsLeft, stepsLeft: epochsLeft * stepsPerEpoch - step };
}

/** A duration in words, in lines of 80 columns. */
export function durationLines(
  { seconds, training, validation }: Omit<Duration, "lines">,
  extent: Extent,
): string[] {
  const { stepsPerEpoch, validationSteps = 0 } = extent;
  const { epoch, step, epochsLeft } = left(extent);
  const isResumed = epoch + step > 0;
  const whole = step > 0 ? epochsLeft - 1 : epochsLeft;
  const epochs = [
    ...(step > 0 ? [`${counted(stepsPerEpoch - step, "step")} of epoch ${epoch + 1}`] : []),
    ...(whole > 0 ? [`${counted(whole, "epoch")} of ${counted(stepsPerEpoch, "step")}`] : []),
  ];
  const steps = `${epochs.join(" and ")} at ${timeOf(training)}`;
  const batches = counted(validationSteps, "validation batch", "validation batches");
  const validations = validation
    ? `, ${batches} ${epochsLeft > 1 ? "each " : ""}at ${timeOf(validation)}`
    : "";
  const first = roughDuration(training.first + (validation?.first ?? 0));
  return wrapped(
    `Duration: about ${roughDuration(seconds)}${isResumed ? " for what is left" : ""}: ${steps}${validations}. ` +
      `Compiling took ${first}, once.`,
    COLUMNS,
  );
}

const timeOf = ({ step, loading }: MeasuredStep): string =>
  `${roughDuration(step)}${loading > 0.1 * step ? ` (${roughDuration(loading)} of it for pictures)` : ""}`;

/** Has a step done on a batch, a first time and then to be measured; and batches made, to see how fast they come. */
async function measure(
  { device, batchSize, signal }: Pick<DurationRequest, "device" | "batchSize" | "signal">,
  source: Sampled,
  run: (batch: Batch) => Promise<unknown>,
): Promise<MeasuredStep> {
  const { batch, seconds: loading } = await take(source, batchSize);
  const once = () => {
    signal?.throwIfAborted();
    return timed(() => run(batch));
  };
  const first = await once();
  const times: number[] = [];
  for (let spent = 0; times.length < MOST_MEASURES && spent < ENOUGH_SECONDS; spent += times.at(-1)!) {
    times.push(await once());
  }
  const working = times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  // Batches are made while the device works; where a processor plays it, both want the same cores.
  const step = device.adapter.isSoftware ? working + loading : Math.max(working, loading);
  return { step, loading: step - working, first: Math.max(0, first - working) };
}

/** A batch, and how long each takes where several are made at a time. */
async function take(source: Sampled, batchSize: number): Promise<{ batch: Batch; seconds: number }> {
  if ("x" in source) {
    const samples = Math.min(batchSize, source.x.shape[0]);
    return { batch: { x: firstOf(source.x, samples), y: firstOf(source.y, samples) }, seconds: 0 };
  }
  // The first one starts threads.
  const batch = await source.batch(0, 0);
  const seconds = await timed(() =>
    Promise.all(Array.from({ length: BATCHES_TIMED }, (_, i) => source.batch(0, i % source.length))),
  );
  return { batch, seconds: seconds / BATCHES_TIMED };
}

function firstOf({ shape: [all, ...sample], data }: NdArray, samples: number): NdArray {
  return { shape: [samples, ...sample], data: data.subarray(0, (data.length / all) * samples) };
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await action();
  return (performance.now() - before) / 1000;
}
