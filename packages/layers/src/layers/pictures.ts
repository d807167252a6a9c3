import { ops, type Tape, type Variable } from "@convscope/autograd";
import { pad2dShape, type Sides } from "@convscope/kernels";
import { Layer, type LayerConfig, type OwnOptionNames, type Shape } from "../layer.ts";
import { checkChoice } from "../options.ts";
import { formatTuple } from "../python-format.ts";
import { keras1Names, optionsFromConfig } from "./config.ts";
import { checkDataFormat, type PictureLayerOptions, pair } from "./options.ts";

/** Pixels on all sides; above and below, and left and right, alike; or [[top, bottom], [left, right]]. */
export type SidesOption =
  | number
  | readonly [number, number]
  | readonly [readonly [number, number], readonly [number, number]];

/** @throws for what is neither of the three forms, or no whole number of at least 0 */
function sidesOf(layer: string, name: string, value: SidesOption): Sides {
  const isCount = (side: unknown): side is number => Number.isInteger(side) && (side as number) >= 0;
  const axis = (sides: unknown): readonly [number, number] | undefined => {
    if (isCount(sides)) return [sides, sides];
    return Array.isArray(sides) && sides.length === 2 && sides.every(isCount)
      ? [sides[0], sides[1]]
      : undefined;
  };
  const both: readonly unknown[] = isCount(value) ? [value, value] : (value ?? []);
  const [rows, columns] = both.length === 2 ? [axis(both[0]), axis(both[1])] : [];
  if (!rows || !columns) {
    throw new Error(
      `[${layer}] ${name} must be a whole number of at least 0, two of them, or [[top, bottom], [left, right]], got ` +
        `${JSON.stringify(value)}.`,
    );
  }
  return { top: rows[0], bottom: rows[1], left: columns[0], right: columns[1] };
}

const asLists = ({ top, bottom, left, right }: Sides) => [
  [top, bottom],
  [left, right],
];

/** Adds borders of zeros, or cuts borders off. */
abstract class Bordered extends Layer {
  /** What is added, negative where it is cut off. */
  protected abstract readonly added: Sides;

  override computeOutputShape(inputShape: Shape): Shape {
    const [rows, columns, channels] = this.pictureShape(inputShape);
    // An open side is as long as it has to be.
    const enough = 1 - Math.min(0, this.added.top + this.added.bottom, this.added.left + this.added.right);
    try {
      const shape = pad2dShape([1, rows ?? enough, columns ?? enough, channels], this.added);
      return [rows && shape[1], columns && shape[2], channels];
    } catch {
      throw new Error(
        `[${this.name}] nothing is left of inputs of shape ${formatTuple([null, ...inputShape])}: cut off less.`,
      );
    }
  }

  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.pad2d, [x], this.added);
  }
}

export interface ZeroPadding2DOptions extends PictureLayerOptions {
  /** Default 1. */
  readonly padding?: SidesOption;
}

/** Pictures with a border of zeros. */
export class ZeroPadding2D extends Bordered {
  readonly className = "ZeroPadding2D";
  protected readonly added: Sides;
  constructor(options: ZeroPadding2DOptions = {}) {
    super("ZeroPadding2D", options, { padding: true, dataFormat: true });
    checkDataFormat("ZeroPadding2D", options);
    this.added = sidesOf("ZeroPadding2D", "padding", options.padding ?? 1);
  }
  static fromConfig(config: LayerConfig): ZeroPadding2D {
    return new ZeroPadding2D(
      optionsFromConfig("ZeroPadding2D", config, { keys: ["padding"], renamed: keras1Names }),
    );
  }
  override getConfig(): LayerConfig {
    return { ...super.getConfig(), padding: asLists(this.added), data_format: "channels_last" };
  }
}

export interface Cropping2DOptions extends PictureLayerOptions {
  /** Default 0. */
  readonly cropping?: SidesOption;
}

/** Pictures without their border. */
export class Cropping2D extends Bordered {
  readonly className = "Cropping2D";
  readonly #cropping: Sides;
  protected readonly added: Sides;
  constructor(options: Cropping2DOptions = {}) {
    super("Cropping2D", options, { cropping: true, dataFormat: true });
    checkDataFormat("Cropping2D", options);
    this.#cropping = sidesOf("Cropping2D", "cropping", options.cropping ?? 0);
    const { top, bottom, left, right } = this.#cropping;
    this.added = { top: -top, bottom: -bottom, left: -left, right: -right };
  }
  static fromConfig(config: LayerConfig): Cropping2D {
    return new Cropping2D(
      optionsFromConfig("Cropping2D", config, { keys: ["cropping"], renamed: keras1Names }),
    );
  }
  override getConfig(): LayerConfig {
    return { ...super.getConfig(), cropping: asLists(this.#cropping), data_format: "channels_last" };
  }
}

export interface UpSampling2DOptions extends PictureLayerOptions {
  /** How many rows and columns a pixel becomes. Default 2. */
  readonly size?: number | readonly [number, number];
  /** Default `nearest`. `bilinear` is Keras 2's, without pixel centres: see the kernels' upsample2d. */
  readonly interpolation?: "nearest" | "bilinear";
}

const upSamplingOptionNames: OwnOptionNames<UpSampling2DOptions> = {
  size: true,
  interpolation: true,
  dataFormat: true,
};

/** Pictures several times as high and wide. */
export class UpSampling2D extends Layer {
  readonly className = "UpSampling2D";
  readonly size: readonly [number, number];
  readonly interpolation: "nearest" | "bilinear";
  constructor(options: UpSampling2DOptions = {}) {
    super("UpSampling2D", options, upSamplingOptionNames);
    checkDataFormat("UpSampling2D", options);
    this.size = pair("UpSampling2D", "size", options.size ?? 2);
    this.interpolation = checkChoice("UpSampling2D", "interpolation", options.interpolation ?? "nearest", [
      "nearest",
      "bilinear",
    ]);
  }
  static fromConfig(config: LayerConfig): UpSampling2D {
    return new UpSampling2D(
      optionsFromConfig("UpSampling2D", config, { keys: ["size", "interpolation"], renamed: keras1Names }),
    );
  }
  override computeOutputShape(inputShape: Shape): Shape {
    const [rows, columns, channels] = this.pictureShape(inputShape);
    return [rows && rows * this.size[0], columns && columns * this.size[1], channels];
  }
  override call(tape: Tape, x: Variable): Variable {
    const { size, interpolation } = this;
    return tape.apply(ops.upsample2d, [x], { size, interpolation });
  }
  override getConfig(): LayerConfig {
    const { size, interpolation } = this;
    return { ...super.getConfig(), size, data_format: "channels_last", interpolation };
  }
}
