import type { Device } from "../device/device.ts";
import type { Kernel } from "../device/kernel.ts";
import type { Scope, StepMemory } from "../device/memory.ts";
import { type NdArray, sizeOf, type Tensor } from "../device/tensor.ts";
import { RandomStream } from "../philox/index.ts";
import { fingerprint } from "./fingerprint.ts";
import type { VariantName } from "./kernel-choice.ts";
import { type AnyPass, chooseVariant, passKey, type Variant } from "./pass.ts";
import { keepAnswers, tuningKey } from "./tuning.ts";

/** A variant that is so many times slower than the best is not timed any further … */
const TOO_SLOW = 3;
/** … and not even run once with the whole batch, where one sample says that it would take so long. */
const MOST_MILLISECONDS = 500;
/** A variant replaces auto's where its time is less than this part of it: what is closer may be noise. */
const CLEARLY_FASTER = 0.97;
/** Runs are repeated between two looks at the clock, until the fastest variant takes about this long. */
const SAMPLE_MILLISECONDS = 40;
/** The variants take turns so often, and on, up to the most, until the time is spent. */
const LEAST_ROUNDS = 5;
const MOST_ROUNDS = 15;
const ROUNDS_MILLISECONDS = 1500;
/** How far two variants' results may lie apart, in sizes of a typical result. */
const TOLERANCE = 0.01;

export interface TuneOptions {
  /** Of the step that is tuned. */
  readonly batchSize: number;
  /** Called before each pass is measured. */
  readonly onProgress?: (done: number, total: number, pass: string) => void;
  /** Between two passes, its reason is thrown where it is aborted. What was measured until then is kept. */
  readonly signal?: AbortSignal;
}

/** How a variant did. */
export type VariantResult = { readonly name: VariantName } & (
  | { readonly state: "timed" /** Median of one run. */; readonly milliseconds: number }
  | {
      /** It refuses the device or the sizes; it is far from the best; its result is not that of the plainest. */
      readonly state: "refused" | "slow" | "wrong";
      readonly why: string;
    }
);

/** What was measured of a pass at its sizes. */
export interface TunedPass {
  readonly pass: string;
  /** The sizes, without the batch. */
  readonly sizes: string;
  /** How often the step runs it. */
  readonly calls: number;
  /** What runs without tuning. */
  readonly auto: VariantName;
  /** What runs with it. */
  readonly choice: VariantName;
  readonly variants: readonly VariantResult[];
}

export interface TuningReport {
  /** Adapter, driver and version in one word. */
  readonly key: string;
  /** Where the choices are kept, in words. */
  readonly where: string;
  readonly passes: readonly TunedPass[];
}

/**
 * Finds the fastest variant of each pass of a step, on this device, and keeps the answers: `Device.open({ kernels:
 * "tuned" })` goes by them. The variants of a pass take turns (A B A B) on the same random values. Time is that of the
 * clock on the wall over many runs: the devices' own clocks are rounded to a fifteenth of a millisecond or more, and do not
 * count what it takes to start a kernel.
 * @param step does what is to be tuned, such as a training step; it is called with a batch of 1, and of `batchSize`
 * @throws where the answers cannot be kept, or the step fails
 */
export async function tuneDevice(
  device: Device,
  step: (batchSize: number) => unknown,
  { batchSize, onProgress, signal }: TuneOptions,
): Promise<TuningReport> {
  const small = await passesOf(device, () => step(1));
  const whole = await passesOf(device, () => step(batchSize));
  const passes: TunedPass[] = [];
  let where = "";
  for (const [key, { pass, geometry, calls }] of whole) {
    signal?.throwIfAborted();
    onProgress?.(passes.length, whole.size, pass.name);
    const measured = await measure(device, pass, small.get(key)?.geometry ?? geometry, geometry);
    const { choice, variants, kernels } = measured;
    const times = variants.flatMap((variant) =>
      variant.state === "timed" ? [[variant.name, variant.milliseconds]] : [],
    );
    const answer = { variant: choice, milliseconds: Object.fromEntries(times), kernels };
    // Where nothing ran there is no answer to keep.
    where = await keepAnswers(device.adapter, times.length > 0 ? { [key]: answer } : {}, device.precision);
    const auto = chooseVariant(device, pass, geometry, "auto").name;
    passes.push({ pass: pass.name, sizes: pass.key(geometry), calls, auto, choice, variants });
  }
  return { key: tuningKey(device.adapter, device.precision), where, passes };
}

interface FoundPass {
  readonly pass: AnyPass;
  readonly geometry: unknown;
  calls: number;
}

/** The passes that some work runs, by their keys. */
async function passesOf(device: Device, work: () => unknown): Promise<Map<string, FoundPass>> {
  const found = new Map<string, FoundPass>();
  const outer = device.onPass;
  device.onPass = (pass, geometry) => {
    outer?.(pass, geometry);
    const key = passKey(pass, geometry);
    const before = found.get(key);
    if (before) before.calls++;
    else found.set(key, { pass, geometry, calls: 1 });
  };
  try {
    await work();
    await device.idle();
  } finally {
    device.onPass = outer;
  }
  return found;
}

/** Times the variants of a pass. @param small the geometry with a batch of 1, for a first look */
async function measure(device: Device, pass: AnyPass, small: unknown, whole: unknown) {
  const auto = chooseVariant(device, pass, whole, "auto").name;
  const dropped = new Map<VariantName, VariantResult>();
  const drop = (name: VariantName, state: "refused" | "slow" | "wrong", why: string) => {
    dropped.set(name, { name, state, why });
  };
  const kernels: Record<string, string> = {};

  const looks = await firstLook(device, pass, small, whole, drop, kernels);
  const bestLook = Math.min(...looks.map(({ milliseconds }) => milliseconds));
  const factor = pass.flop(whole) / pass.flop(small);
  const timed: { variant: AnyVariant; first: number }[] = [];
  using memory = device.scope();
  using outputs = device.scope();
  const run = runOn(outputs, whole, fill(device, pass.operands(memory, whole)));
  for (const { variant, milliseconds } of looks) {
    const { name } = variant;
    const isLong = milliseconds * factor > MOST_MILLISECONDS;
    if (name !== auto && isLong && milliseconds > TOO_SLOW * bestLook) {
      drop(name, "slow", timesSlower(milliseconds / bestLook));
      continue;
    }
    const result = attempt(() => run(variant));
    if (typeof result === "string") {
      drop(name, "refused", result);
      continue;
    }
    await device.idle(); // memory that is used for the first time is slow
    timed.push({ variant, first: await timeOf(device, () => run(variant)) });
  }
  const best = Math.min(...timed.map(({ first }) => first));
  const close = timed.filter(({ variant: { name }, first }) => {
    const isClose = name === auto || first <= TOO_SLOW * best;
    if (!isClose) drop(name, "slow", timesSlower(first / best));
    return isClose;
  });

  const repeats = Math.max(1, Math.round(SAMPLE_MILLISECONDS / Math.max(best, 0.01)));
  const rounds: number[][] = [];
  const begin = performance.now();
  while (
    rounds.length < LEAST_ROUNDS ||
    (rounds.length < MOST_ROUNDS && performance.now() - begin < ROUNDS_MILLISECONDS)
  ) {
    const round: number[] = [];
    for (const { variant } of close) round.push(await timeOf(device, () => run(variant), repeats));
    rounds.push(round);
  }
  const names = close.map(({ variant }) => variant.name);
  const times = timesOf(names, rounds, auto);
  const variants = (pass.variants as readonly AnyVariant[]).map(
    ({ name }): VariantResult =>
      dropped.get(name) ?? { name, state: "timed", milliseconds: times[names.indexOf(name)] },
  );
  return { choice: fastest(names, times, auto), variants, kernels };
}

/** The result of a variant, or what it says where it cannot run after all: for want of memory, or of so large a grid. */
function attempt(run: () => Tensor): Tensor | string {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type AnyVariant = Variant<unknown, unknown>;

/**
 * The time of each variant: auto's is the median of its rounds, another one's is that by the median of their ratio, round by
 * round: a device that slows down for a while slows both.
 * @param rounds the times of each round, in the order of the names
 */
export function timesOf(
  names: readonly VariantName[],
  rounds: readonly (readonly number[])[],
  auto: VariantName,
): number[] {
  const base = Math.max(0, names.indexOf(auto)); // auto's may have been wrong
  const time = median(rounds.map((round) => round[base]));
  return names.map((_, i) => time * median(rounds.map((round) => round[i] / round[base])));
}

/** The variant that is to run: auto's, unless another one is clearly faster, or none has a time. */
export function fastest(
  names: readonly VariantName[],
  times: readonly number[],
  auto: VariantName,
): VariantName {
  const best = times.indexOf(Math.min(...times));
  const base = names.indexOf(auto);
  const isAutos = best < 0 || (base >= 0 && times[best] > CLEARLY_FASTER * times[base]);
  return isAutos ? auto : names[best];
}

const timesSlower = (times: number): string => `${times.toFixed(times < 10 ? 1 : 0)} times the best's time`;

/**
 * Runs each variant on one sample: compiles it, compares its result with that of the plainest one, and times it once.
 * @param drop is told of those that cannot run, and of those that are wrong
 * @param kernels takes the names and fingerprints of what ran
 */
async function firstLook(
  device: Device,
  pass: AnyPass,
  small: unknown,
  whole: unknown,
  drop: (name: VariantName, state: "refused" | "wrong", why: string) => void,
  kernels: Record<string, string>,
): Promise<{ variant: AnyVariant; milliseconds: number }[]> {
  using memory = device.scope();
  using outputs = device.scope();
  const run = runOn(outputs, small, fill(device, pass.operands(memory, small)));
  const outer = device.onRun;
  device.onRun = (kernel: Kernel, ...rest) => {
    outer?.(kernel, ...rest);
    kernels[kernel.name] ??= fingerprint(kernel.wgsl);
  };
  try {
    const looks = [];
    let plainest: NdArray | undefined;
    for (const variant of pass.variants as readonly AnyVariant[]) {
      const refusal = variant.refuses?.(device, whole) ?? variant.refuses?.(device, small);
      const y = refusal ?? attempt(() => run(variant));
      if (typeof y === "string") {
        drop(variant.name, "refused", y);
        continue;
      }
      const result = await device.read(y);
      plainest ??= result;
      const wrong = difference(result, plainest, pass.flop(small));
      if (wrong === undefined)
        looks.push({ variant, milliseconds: await timeOf(device, () => run(variant)) });
      else drop(variant.name, "wrong", wrong);
    }
    return looks;
  } finally {
    device.onRun = outer;
  }
}

const runOn =
  (outputs: StepMemory, geometry: unknown, operands: unknown) =>
  (variant: AnyVariant): Tensor => {
    outputs.restart();
    return variant.run(outputs as Scope, geometry, operands);
  };

/** Milliseconds of one run. */
async function timeOf(device: Device, run: () => unknown, repeats = 1): Promise<number> {
  const begin = performance.now();
  for (let i = 0; i < repeats; i++) run();
  await device.idle();
  return (performance.now() - begin) / repeats;
}

/** So many values, drawn once, are repeated through every operand: prime, so that no row begins as the one before. */
const DRAWN = 65_521;
let drawn: Float32Array | undefined;

/** Fills the operands with values of ±1: what lies in memory may be denormal, which some devices are slow with. */
function fill<Operands extends object>(device: Device, operands: Operands): Operands {
  if (!drawn) {
    const random = new RandomStream(0, "test");
    drawn = Float32Array.from({ length: DRAWN }, () => random.uniform(-1, 1));
  }
  for (const tensor of Object.values(operands).filter(isTensor)) {
    const data = new Float32Array(sizeOf(tensor.shape));
    for (let at = 0; at < data.length; at += DRAWN) data.set(drawn.subarray(0, data.length - at), at);
    device.write(tensor, data);
  }
  return operands;
}

const isTensor = (value: unknown): value is Tensor =>
  typeof value === "object" && value !== null && "buffer" in value && "shape" in value;

/**
 * Where and how a result differs from another by more than rounding can make of it; undefined where it does not. A sum of n
 * products of values of ±1 is about √n/3; float32 in any order, Winograd's transforms, and factors rounded to float16 stay
 * below a hundredth of √n, and a kernel that was compiled wrongly does not.
 */
export function difference(got: NdArray, wanted: NdArray, flop: number): string | undefined {
  const terms = flop / 2 / got.data.length;
  const allowed = TOLERANCE * Math.sqrt(terms);
  const index = got.data.findIndex((value, i) => !(Math.abs(value - wanted.data[i]) <= allowed));
  if (index < 0) return undefined;
  return `value ${index} is ${got.data[index]}, the plainest variant's is ${wanted.data[index]}`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
