import type { Device } from "@convscope/kernels";
import type { Model, ModelPlan, PlanOptions, Sequential, StepKind } from "@convscope/layers";
import { COLUMNS, wrapped } from "../report/wrapped.ts";
import { type Room, roomOn } from "./memory.ts";
import { inBytes } from "./words.ts";

/** The search for the largest batch ends here. */
const MOST_SAMPLES = 16_384;

/**
 * Batches that are there at once, as float32: those that an iterator makes ahead, and those that are on their way to the
 * device.
 */
const BATCHES_UNDER_WAY = 8;

/** Threads that read pictures, and compiled kernels: measured with the small CNN on a software device. */
const PROGRAM_BYTES = 160 * 2 ** 20;

export interface PlanRequest {
  /** Built; compiled, where it is to be trained. */
  readonly model: Sequential | Model;
  readonly device: Device;
  readonly batchSize: number;
  /** What is done with it. Default: what a run does, training, validation and prediction. */
  readonly steps?: readonly StepKind[];
  /** What stands for a batch. Default: float32. */
  readonly x?: PlanOptions["x"];
  /** Default: what there is now. */
  readonly room?: Room;
}

/** What a training needs, what there is, and whether it fits. */
export interface Plan {
  readonly batchSize: number;
  /** On the device, by what it is for. */
  readonly device: ModelPlan;
  /** Besides, in the computer's memory, about: batches under way, a file of the model while it is written, the program. */
  readonly host: number;
  readonly room: Room;
  readonly fits: boolean;
  /** The largest batch size that fits; 0 where none does. */
  readonly largestBatch: number;
}

/** Works out what memory a training takes, before anything is made: to the byte on the device, and about for the rest. */
export async function planTraining(request: PlanRequest): Promise<Plan> {
  const { model, batchSize, steps = ["train", "test", "predict"], x } = request;
  const room = request.room ?? roomOn(request.device);
  const planFor = async (samples: number) => {
    const device = await model.plan({ batchSize: samples, steps, ...(x && { x }) });
    const host = hostBytes(model, device);
    return { device, host, fits: fitsInto(room, device, host) };
  };
  const asked = await planFor(batchSize);
  const fits = async (samples: number) => (await planFor(samples)).fits;
  const largestBatch = await largestThat(fits, batchSize, asked.fits);
  return { batchSize, ...asked, room, largestBatch };
}

function hostBytes(model: Sequential | Model, { batchSize, bytes }: ModelPlan): number {
  const sample = model.inputs.reduce(
    (sum, { shape }) => sum + 4 * shape.reduce<number>((size, side) => size * (side ?? 1), 1),
    0,
  );
  return BATCHES_UNDER_WAY * batchSize * sample + 2 * (bytes.weights + bytes.optimizer) + PROGRAM_BYTES;
}

function fitsInto(room: Room, device: ModelPlan, host: number): boolean {
  return device.largest.bytes <= room.most && (room.bytes === undefined || device.total + host <= room.bytes);
}

/** Doubling, then halving: what fits at a size fits at each smaller one. */
async function largestThat(
  fits: (samples: number) => Promise<boolean>,
  from: number,
  fitsFrom: boolean,
): Promise<number> {
  let [most, tooMany] = fitsFrom ? [from, 2 * from] : [0, from];
  while (fitsFrom && tooMany <= MOST_SAMPLES && (await fits(tooMany)))
    [most, tooMany] = [tooMany, 2 * tooMany];
  if (tooMany > MOST_SAMPLES) return most;
  while (tooMany - most > 1) {
    const middle = Math.floor((most + tooMany) / 2);
    if (await fits(middle)) most = middle;
    else tooMany = middle;
  }
  return most;
}

/** Refuses a training that cannot fit. @throws with the batch size that would */
export function checkPlan(plan: Plan): void {
  if (plan.fits) return;
  const { batchSize, device, host, room, largestBatch } = plan;
  const { largest } = device;
  const isTooLarge = largest.bytes > room.most;
  const needs = isTooLarge
    ? `needs ${inBytes(device.total)} on the device, ${largest.what} alone ${inBytes(largest.bytes)}, ` +
      `of which ${room.name} binds ${inBytes(room.most)} at a time`
    : `needs ${inBytes(device.total + host)}, and ${inBytes(room.bytes!)} are free: ${room.name} works in this machine's memory`;
  const advice =
    largestBatch > 0
      ? `give --batch-size ${largestBatch} or less`
      : "no batch is small enough, take smaller pictures or a smaller model";
  throw new Error(`[run] a batch of ${batchSize} ${needs}: ${advice}.`);
}

/** A plan in words, in lines of 80 columns. */
export function planLines({ batchSize, device, host, room, largestBatch }: Plan): string[] {
  const { bytes, total } = device;
  const parts = [
    ["weights", bytes.weights],
    ["optimizer", bytes.optimizer],
    ["training", bytes.forward + bytes.backward],
    ["validation", bytes.test],
    ["prediction", bytes.predict],
    ["reading", bytes.reading],
  ] as const;
  const list = parts.filter(([, size]) => size > 0).map(([name, size]) => `${name} ${inBytes(size)}`);
  const there =
    room.bytes === undefined
      ? "WebGPU does not tell how much the device has"
      : `beside it ${inBytes(host)} for pictures and program; ${inBytes(room.bytes)} are free`;
  const largest =
    largestBatch > MOST_SAMPLES / 2
      ? `Batches of ${largestBatch} and more`
      : `Batches of up to ${largestBatch}`;
  return wrapped(
    `Memory: ${inBytes(total)} on the device for batches of ${batchSize} (${list.join(", ")}); ${there}. ${largest} would fit.`,
    COLUMNS,
  );
}
