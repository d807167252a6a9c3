import { type AnyOp, ops, type Tape, type Variable } from "@convscope/autograd";
import { type LayerConfig, type LayerOptions, MergeLayer, type Shape } from "../layer.ts";
import { checkNumber } from "../options.ts";
import { formatTuple } from "../python-format.ts";
import { optionsFromConfig } from "./config.ts";

/** The same with axes of 1 behind the batch's, as many as are missing: so Keras has shapes of fewer dimensions broadcast. */
function withAxes(shape: Shape, dimensions: number): Shape {
  return [...Array.from({ length: dimensions - shape.length }, () => 1), ...shape];
}

/** The shape of a result of two, by Keras's rules. @throws where two sizes differ and neither is 1 */
function broadcast(a: Shape, b: Shape): Shape {
  const dimensions = Math.max(a.length, b.length);
  const [left, right] = [withAxes(a, dimensions), withAxes(b, dimensions)];
  return left.map((size, axis) => {
    const other = right[axis];
    if (size === null || other === null) return null;
    if (size !== other && size !== 1 && other !== 1) {
      throw new Error(
        `Operands could not be broadcast together with shapes ${formatTuple(a)} ${formatTuple(b)}`,
      );
    }
    return size === 1 ? other : size;
  });
}

/** Adds, or otherwise combines, inputs element by element. */
abstract class ElementwiseMerge extends MergeLayer {
  constructor(className: string, options: LayerOptions) {
    super(className, options);
  }

  protected override computeMergedShape(shapes: readonly Shape[]): Shape {
    return shapes.reduce(broadcast);
  }

  protected override callMerged(tape: Tape, xs: readonly Variable[]): Variable {
    const rank = Math.max(...xs.map(({ tensor }) => tensor.shape.length));
    const aligned = xs.map((x) => {
      const { shape } = x.tensor;
      if (shape.length === rank) return x;
      const [batch, ...rest] = shape;
      return tape.apply(ops.reshape, [x], { shape: [batch, ...withAxes(rest, rank - 1)] as number[] });
    });
    return this.combine(tape, aligned);
  }

  /** What becomes of inputs of as many dimensions. */
  protected abstract combine(tape: Tape, xs: readonly Variable[]): Variable;
}

/** One after the other, by an op of two. */
const inTurn = (tape: Tape, op: AnyOp<void>, xs: readonly Variable[]): Variable =>
  xs.reduce((a, b) => tape.apply(op, [a, b], undefined));

/** The sum of its inputs. */
export class Add extends ElementwiseMerge {
  readonly className = "Add";
  constructor(options: LayerOptions = {}) {
    super("Add", options);
  }
  static fromConfig(config: LayerConfig): Add {
    return new Add(optionsFromConfig("Add", config, { keys: [] }));
  }
  protected override combine(tape: Tape, xs: readonly Variable[]): Variable {
    return inTurn(tape, ops.add, xs);
  }
}

/** The first of two inputs, less the second. */
export class Subtract extends ElementwiseMerge {
  readonly className = "Subtract";
  constructor(options: LayerOptions = {}) {
    super("Subtract", options);
  }
  static fromConfig(config: LayerConfig): Subtract {
    return new Subtract(optionsFromConfig("Subtract", config, { keys: [] }));
  }
  protected override computeMergedShape(shapes: readonly Shape[]): Shape {
    if (shapes.length !== 2) throw new Error("A `Subtract` layer should be called on exactly 2 inputs");
    return super.computeMergedShape(shapes);
  }
  protected override combine(tape: Tape, xs: readonly Variable[]): Variable {
    return inTurn(tape, ops.subtract, xs);
  }
}

/** The product of its inputs, element by element. */
export class Multiply extends ElementwiseMerge {
  readonly className = "Multiply";
  constructor(options: LayerOptions = {}) {
    super("Multiply", options);
  }
  static fromConfig(config: LayerConfig): Multiply {
    return new Multiply(optionsFromConfig("Multiply", config, { keys: [] }));
  }
  protected override combine(tape: Tape, xs: readonly Variable[]): Variable {
    return inTurn(tape, ops.multiply, xs);
  }
}

/** The mean of its inputs. */
export class Average extends ElementwiseMerge {
  readonly className = "Average";
  constructor(options: LayerOptions = {}) {
    super("Average", options);
  }
  static fromConfig(config: LayerConfig): Average {
    return new Average(optionsFromConfig("Average", config, { keys: [] }));
  }
  protected override combine(tape: Tape, xs: readonly Variable[]): Variable {
    return tape.apply(ops.rescale, [inTurn(tape, ops.add, xs)], { scale: 1 / xs.length });
  }
}

/** The largest of its inputs, element by element. */
export class Maximum extends ElementwiseMerge {
  readonly className = "Maximum";
  constructor(options: LayerOptions = {}) {
    super("Maximum", options);
  }
  static fromConfig(config: LayerConfig): Maximum {
    return new Maximum(optionsFromConfig("Maximum", config, { keys: [] }));
  }
  protected override combine(tape: Tape, xs: readonly Variable[]): Variable {
    return inTurn(tape, ops.maximum, xs);
  }
}

/** The smallest of its inputs, element by element. */
export class Minimum extends ElementwiseMerge {
  readonly className = "Minimum";
  constructor(options: LayerOptions = {}) {
    super("Minimum", options);
  }
  static fromConfig(config: LayerConfig): Minimum {
    return new Minimum(optionsFromConfig("Minimum", config, { keys: [] }));
  }
  protected override combine(tape: Tape, xs: readonly Variable[]): Variable {
    return inTurn(tape, ops.minimum, xs);
  }
}

export interface ConcatenateOptions extends LayerOptions {
  /** The axis along which inputs are joined, the batch's being 0; may be counted from behind. Default −1, the channels. */
  readonly axis?: number;
}

/** Its inputs in a row along an axis. */
export class Concatenate extends MergeLayer {
  readonly className = "Concatenate";
  readonly axis: number;
  constructor(options: ConcatenateOptions = {}) {
    super("Concatenate", options, { axis: true });
    this.axis = checkNumber("Concatenate", "axis", options.axis ?? -1);
    if (this.axis === 0) throw new Error("[Concatenate] axis 0 is the batch's: samples cannot be joined.");
  }

  static fromConfig(config: LayerConfig): Concatenate {
    return new Concatenate(optionsFromConfig("Concatenate", config, { keys: ["axis"] }));
  }

  protected override computeMergedShape(shapes: readonly Shape[]): Shape {
    const [first] = shapes;
    const at = this.axis < 0 ? this.axis + first.length : this.axis - 1;
    const agree = (shape: Shape) =>
      shape.length === first.length && shape.every((size, i) => i === at || size === first[i]);
    if (!(at >= 0 && at < first.length) || !shapes.every(agree)) {
      throw new Error(
        "A `Concatenate` layer requires inputs with matching shapes except for the concat axis. " +
          `Got inputs shapes: [${shapes.map((shape) => formatTuple([null, ...shape])).join(", ")}], axis ${this.axis}`,
      );
    }
    const sizes = shapes.map((shape) => shape[at]);
    const total = sizes.some((size) => size === null)
      ? null
      : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    return first.with(at, total);
  }

  protected override callMerged(tape: Tape, xs: readonly Variable[]): Variable {
    return tape.apply(ops.concatenate, xs, { axis: this.axis });
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axis: this.axis };
  }
}
