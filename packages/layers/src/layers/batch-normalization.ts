import { ops, type Tape, type Variable } from "@convscope/autograd";
import { movingAverage, sizeOf } from "@convscope/kernels";
import { getInitializer, type Initializer, type InitializerName } from "../initializers.ts";
import type { CallContext, LayerConfig, LayerOptions, OwnOptionNames, Shape } from "../layer.ts";
import { checkNumber } from "../options.ts";
import { formatTuple } from "../python-format.ts";
import { getRegularizer, type Regularizer } from "../regularizers.ts";
import type { Weight } from "../weight.ts";
import { initializerConfig, optionsFromConfig, regularizerConfig } from "./config.ts";
import { RegularizedLayer, type RegularizerOption } from "./regularized.ts";

export interface BatchNormalizationOptions extends LayerOptions {
  /** The axis of the channels: the last, −1 (the default), or its number, the batch's being 0. There is no other. */
  readonly axis?: number;
  /** What is left of the moving averages at each step. Default 0.99. */
  readonly momentum?: number;
  /** Added to the variance. Default 0.001. */
  readonly epsilon?: number;
  /** Adds beta. Default true. */
  readonly center?: boolean;
  /** Multiplies with gamma. Default true. */
  readonly scale?: boolean;
  /** Default `zeros`. */
  readonly betaInitializer?: InitializerName | Initializer;
  /** Default `ones`. */
  readonly gammaInitializer?: InitializerName | Initializer;
  /** Default `zeros`. */
  readonly movingMeanInitializer?: InitializerName | Initializer;
  /** Default `ones`. */
  readonly movingVarianceInitializer?: InitializerName | Initializer;
  /** Default none. */
  readonly betaRegularizer?: RegularizerOption;
  /** Default none. */
  readonly gammaRegularizer?: RegularizerOption;
}

const optionNames: OwnOptionNames<BatchNormalizationOptions> = {
  axis: true,
  momentum: true,
  epsilon: true,
  center: true,
  scale: true,
  betaInitializer: true,
  gammaInitializer: true,
  movingMeanInitializer: true,
  movingVarianceInitializer: true,
  betaRegularizer: true,
  gammaRegularizer: true,
};

/**
 * Gives each channel mean 0 and variance 1, then gamma and beta's: in training of the batch, and the moving averages follow;
 * else, and where the layer is frozen, of the moving averages. Frozen layers do so in TensorFlow 2 too; Keras 2 trained with the
 * batch's there.
 */
export class BatchNormalization extends RegularizedLayer {
  readonly className = "BatchNormalization";
  override readonly infersWhenFrozen = true;
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly #initializers: Readonly<Record<"gamma" | "beta" | "movingMean" | "movingVariance", Initializer>>;
  readonly #gammaRegularizer: Regularizer | undefined;
  readonly #betaRegularizer: Regularizer | undefined;

  constructor(options: BatchNormalizationOptions = {}) {
    super("BatchNormalization", options, optionNames);
    this.axis = checkNumber("BatchNormalization", "axis", options.axis ?? -1);
    this.momentum = checkNumber("BatchNormalization", "momentum", options.momentum ?? 0.99, 0);
    this.epsilon = checkNumber("BatchNormalization", "epsilon", options.epsilon ?? 1e-3, 0);
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
    this.#initializers = {
      gamma: getInitializer(options.gammaInitializer ?? "ones"),
      beta: getInitializer(options.betaInitializer ?? "zeros"),
      movingMean: getInitializer(options.movingMeanInitializer ?? "zeros"),
      movingVariance: getInitializer(options.movingVarianceInitializer ?? "ones"),
    };
    this.#gammaRegularizer = getRegularizer(options.gammaRegularizer);
    this.#betaRegularizer = getRegularizer(options.betaRegularizer);
  }

  static fromConfig(config: LayerConfig): BatchNormalization {
    // tf.keras writes a list of one axis.
    const { axis } = config;
    const single = Array.isArray(axis) && axis.length === 1 ? { axis: axis[0] } : {};
    return new BatchNormalization(
      optionsFromConfig(
        "BatchNormalization",
        { ...config, ...single },
        {
          keys: [
            "axis",
            "momentum",
            "epsilon",
            "center",
            "scale",
            ...["beta", "gamma"].flatMap((of) => [
              `${of}_initializer`,
              `${of}_regularizer`,
              `${of}_constraint`,
            ]),
            "moving_mean_initializer",
            "moving_variance_initializer",
          ],
          renamed: { beta_init: "beta_initializer", gamma_init: "gamma_initializer" },
          fixed: {
            // Keras 1's: 0 works by channels. So does 2, in training and with no other averages in inference.
            mode: [0, 2],
            renorm: [false, null],
            virtual_batch_size: [null],
            adjustment: [null],
          },
        },
      ),
    );
  }

  override computeOutputShape(inputShape: Shape): Shape {
    this.#channels(inputShape);
    return inputShape;
  }

  protected override makeWeights(inputShape: Shape): Weight[] {
    const shape = [this.#channels(inputShape)];
    const { gamma, beta, movingMean, movingVariance } = this.#initializers;
    const constant = { isTrainable: false };
    return [
      ...(this.scale ? [this.weight("gamma", shape, gamma, this.#gammaRegularizer)] : []),
      ...(this.center ? [this.weight("beta", shape, beta, this.#betaRegularizer)] : []),
      this.weight("moving_mean", shape, movingMean, undefined, constant),
      this.weight("moving_variance", shape, movingVariance, undefined, constant),
    ];
  }

  override call(tape: Tape, x: Variable, context: CallContext): Variable {
    const { center, scale, epsilon, momentum } = this;
    const weights = [...this.weights];
    const gamma = scale ? weights.splice(0, 1) : [];
    const beta = center ? weights.splice(0, 1) : [];
    const [movingMean, movingVariance] = weights;
    const inputs = [x, ...beta, ...gamma];
    if (!context.training) {
      const moments = { mean: movingMean.tensor, variance: movingVariance.tensor };
      return tape.apply(ops.batchNorm, inputs, { center, scale, epsilon, moments });
    }
    // From the variance of the values themselves to that of what they are drawn from, by Keras 2.3.1's formula.
    const values = sizeOf(x.tensor.shape.slice(0, -1));
    const correction = values / (values - (1 + epsilon));
    return tape.apply(ops.batchNorm, inputs, {
      center,
      scale,
      epsilon,
      onMoments({ mean, variance }) {
        context.update(movingMean, movingAverage(tape, movingMean.tensor, mean, momentum));
        context.update(
          movingVariance,
          movingAverage(tape, movingVariance.tensor, variance, momentum, correction),
        );
      },
    });
  }

  override getConfig(): LayerConfig {
    const { gamma, beta, movingMean, movingVariance } = this.#initializers;
    const of = (key: string, initializer: Initializer) => initializerConfig(this.name, key, initializer);
    return {
      ...super.getConfig(),
      axis: this.axis,
      momentum: this.momentum,
      epsilon: this.epsilon,
      center: this.center,
      scale: this.scale,
      beta_initializer: of("betaInitializer", beta),
      gamma_initializer: of("gammaInitializer", gamma),
      moving_mean_initializer: of("movingMeanInitializer", movingMean),
      moving_variance_initializer: of("movingVarianceInitializer", movingVariance),
      beta_regularizer: regularizerConfig(this.#betaRegularizer),
      gamma_regularizer: regularizerConfig(this.#gammaRegularizer),
      beta_constraint: null,
      gamma_constraint: null,
    };
  }

  /** The length of the last axis. @throws where that is open, or the layer's axis is another */
  #channels(inputShape: Shape): number {
    const channels = inputShape.at(-1);
    if (this.axis !== -1 && this.axis !== inputShape.length) {
      throw new Error(
        `[${this.name}] axis is ${this.axis}, and the channels of inputs of shape ${formatTuple([null, ...inputShape])} are ` +
          `axis ${inputShape.length}, the last: no other is supported.`,
      );
    }
    if (channels === undefined || channels === null) {
      throw new Error(
        `Axis ${this.axis} of input tensor should have a defined dimension but the layer received an input with shape ` +
          `${formatTuple([null, ...inputShape])}.`,
      );
    }
    return channels;
  }
}
