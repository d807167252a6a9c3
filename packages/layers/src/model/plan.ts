import { type AnyOp, type Parameter, Tape, type Variable } from "@convscope/autograd";
import {
  bufferBytes,
  bufferSize,
  type DataType,
  type Device,
  readingBytes,
  readingsAtOnce,
  type Scope,
  StepMemory,
  type Tensor,
} from "@convscope/kernels";
import type { Shape } from "../layer.ts";
import { formatTuple } from "../python-format.ts";
import { Weight } from "../weight.ts";
import type { Input } from "./batch.ts";
import { STEPS_AT_ONCE } from "./pipeline.ts";

/** What a model is asked to do, a batch at a time. */
export type StepKind = "train" | "test" | "predict";

export interface PlanOptions {
  readonly batchSize: number;
  /** Default: `train` and `test`, as `fit` does them; of a model that is not compiled `predict`. */
  readonly steps?: readonly StepKind[];
  /**
   * What stands for a batch of such a shape, and takes as much memory on the device as those that will come. Default: float32,
   * from the computer's memory.
   */
  readonly x?: (shape: readonly number[]) => Input;
}

/** A tensor, and what the kernels that work on it bind of it: all. */
export interface PlannedTensor {
  /** Such as `block1_conv2's output`. */
  readonly what: string;
  readonly bytes: number;
}

/** What a model takes of the device's memory: the buffers that it will make, to the byte. */
export interface ModelPlan {
  readonly batchSize: number;
  readonly bytes: {
    readonly weights: number;
    /** What the optimizer keeps for each weight that it trains. */
    readonly optimizer: number;
    /** Of a training step: the batch, the layers' results, and what kernels need in between. */
    readonly forward: number;
    /** Of a training step: the gradients, of weights and results, and what kernels need in between. */
    readonly backward: number;
    /** Of a step of `evaluate`, and of the validation. */
    readonly test: number;
    readonly predict: number;
    /** Through which results, and weights that are saved, are read. */
    readonly reading: number;
  };
  readonly total: number;
  readonly largest: PlannedTensor;
}

/** What a step leaves behind. */
interface Recorded {
  /** What is read of it. */
  readonly results: readonly Tensor[];
  readonly gradients?: ReadonlyMap<unknown, Tensor>;
}

/** What a plan is made of. */
export interface PlannedModel {
  readonly weights: readonly Weight[];
  readonly trained: readonly Weight[];
  /** How many tensors the optimizer keeps for a weight. */
  readonly slots: number;
  /** Records a step of each kind that is wanted. */
  readonly steps: ReadonlyMap<StepKind, (tape: Tape) => Recorded>;
}

/** Records a step of each kind without running it, on stand-ins for all memory, and adds up what it would take. */
export function planModel(device: Device, batchSize: number, model: PlannedModel): ModelPlan {
  const { weights, trained, slots, steps } = model;
  const taken = new Taken(device);
  const readings = new Readings();
  device.plan((standIn) => {
    for (const weight of weights) {
      weight.plan(device, standIn);
      for (const { name, tensor } of weight.blocks) taken.add("weights", name, bufferBytes(tensor.shape));
    }
    try {
      for (const [kind, record] of steps) {
        using tape = new PlannedTape(device, kind, taken, standIn);
        const { results, gradients } = record(tape);
        readings.add(results, STEPS_AT_ONCE);
        if (!gradients) continue;
        const stepped = trained.flatMap(({ blocks }) => blocks).filter((block) => gradients.has(block));
        for (let slot = 0; slot < slots; slot++) {
          for (const { name, tensor } of stepped)
            taken.add("optimizer", `what is kept of ${name}`, bufferBytes(tensor.shape));
          readings.add(tensorsOf(stepped), 1);
        }
        readings.add(tensorsOf(weights.flatMap(({ blocks }) => blocks)), 1);
      }
    } finally {
      for (const weight of weights) weight.endPlan();
    }
  });
  const bytes = { ...taken.bytes, reading: readings.bytes };
  const total = Object.values(bytes).reduce((sum, each) => sum + each);
  return { batchSize, bytes, total, largest: taken.largest };
}

const tensorsOf = (parameters: readonly Parameter[]): readonly Tensor[] =>
  parameters.map(({ tensor }) => tensor);

type Use = Exclude<keyof ModelPlan["bytes"], "reading">;

/** Memory that was taken, by what it is for. */
class Taken {
  readonly bytes: Record<Use, number> = {
    weights: 0,
    optimizer: 0,
    forward: 0,
    backward: 0,
    test: 0,
    predict: 0,
  };
  largest: PlannedTensor = { what: "nothing", bytes: 0 };
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  add(use: Use, what: string, bytes: number): void {
    // More than a buffer can have counts as what it is.
    this.bytes[use] += Math.max(bytes, bufferSize(bytes, this.#device.largestTensor));
    if (bytes > this.largest.bytes) this.largest = { what, bytes };
  }
}

/** Results that are read, by their bytes: how many of them at the same time. */
class Readings {
  readonly #atOnce = new Map<number, number>();

  /** Tensors that are read together. @param times how often that is under way */
  add(tensors: readonly Pick<Tensor, "shape">[], times: number): void {
    const counts = new Map<number, number>();
    for (const { shape } of tensors) {
      const size = readingBytes(shape);
      counts.set(size, (counts.get(size) ?? 0) + times);
    }
    for (const [size, count] of counts) {
      this.#atOnce.set(size, Math.max(count, this.#atOnce.get(size) ?? 0));
    }
  }

  get bytes(): number {
    return [...this.#atOnce].reduce((sum, [size, count]) => sum + size * readingsAtOnce(size, count), 0);
  }
}

/** A tape whose tensors are only counted. */
class PlannedTape extends Tape {
  readonly #taken: Taken;
  readonly #standIn: GPUBuffer;
  #use: Use;
  #what: string;

  constructor(device: Device, kind: StepKind, taken: Taken, standIn: GPUBuffer) {
    super(device, new StepMemory(device));
    this.#taken = taken;
    this.#standIn = standIn;
    this.#use = kind === "train" ? "forward" : kind;
    this.#what = "the batch";
  }

  override tensor(shape: readonly number[], dtype: DataType = "float32"): Tensor {
    this.#taken.add(this.#use, this.#what, bufferBytes(shape, dtype));
    return { shape, dtype, buffer: this.#standIn };
  }

  override apply<Options>(op: AnyOp<Options>, inputs: readonly Variable[], options: Options): Variable {
    const weight = inputs.find((input) => input instanceof Weight);
    // A weight's name is `layer/kernel:0`.
    const who = weight ? weight.name.slice(0, weight.name.lastIndexOf("/")) : op.name;
    this.#what = `${who}'s output`;
    return super.apply(op, inputs, options);
  }

  override backward(root: Variable | readonly Variable[], dy?: Tensor): Map<Variable, Tensor> {
    this.#use = "backward";
    this.#what = "a gradient";
    return super.backward(root, dy);
  }
}

/** Stands for a batch of float32. */
export const plannedInput = (shape: readonly number[]): Input => ({
  shape,
  upload: (scope: Scope) => scope.tensor(shape),
});

/** A batch's shape. @throws where that is open */
export function plannedShape(name: string, sample: Shape, batchSize: number): readonly number[] {
  const sides = sample.filter((side) => side !== null);
  if (sides.length === sample.length) return [batchSize, ...sides];
  throw new Error(
    `[plan] ${name} has the shape ${formatTuple(sample)}, which is open: build the model for one size, by an inputShape.`,
  );
}
