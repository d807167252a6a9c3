import { Tape } from "@convscope/autograd";
import {
  binaryAccuracy,
  binaryCrossentropyForward,
  binaryCrossentropyFromLogitsForward,
  binaryCrossentropyKeras224Forward,
  categoricalAccuracy,
  categoricalCrossentropyForward,
  categoricalCrossentropyFromLogitsForward,
  categoricalHingeForward,
  cosineProximityForward,
  type Device,
  meanSquaredErrorForward,
  type NdArray,
  type Scope,
  sizeOf,
  sparseCategoricalCrossentropyForward,
  type Tensor,
  valueLossForward,
  valueLossKinds,
} from "@convscope/kernels";
import { upload } from "@convscope/kernels/testing";
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  getLoss,
  getMetric,
  huberLoss,
  type Loss,
} from "@convscope/layers";
import { describeVectors, expectWithin, noSuch, type Reason, type Vector } from "./vectors.ts";

/** A loss or metric as the kernels have it, a number a row, and as the layers have it, the mean over all. */
interface Measure {
  readonly rows: (scope: Scope, target: Tensor, prediction: Tensor) => Tensor;
  readonly means: readonly ((tape: Tape, target: Tensor, prediction: Tensor) => Tensor)[];
}

const meanOfLoss =
  (loss: Loss): Measure["means"][number] =>
  (tape, target, prediction) =>
    loss(tape, tape.variable(prediction), tape.variable(target)).tensor;
const meanOfMetric = (name: string) => getMetric(name, [2], "mse").metric;

const ofLoss = (rows: Measure["rows"], loss: Loss): Measure => ({ rows, means: [meanOfLoss(loss)] });
const ofMetric = (rows: Measure["rows"], name: string): Measure => ({ rows, means: [meanOfMetric(name)] });
/** A loss by its name, which is a metric's name too. */
const ofName = (rows: Measure["rows"], name: string): Measure => ({
  rows,
  means: [meanOfLoss(getLoss(name)), meanOfMetric(name)],
});

const keras224 = ofLoss(binaryCrossentropyKeras224Forward, binaryCrossentropy({ clip: "keras224" }));
const sigmoidCrossentropy = ofLoss(
  binaryCrossentropyFromLogitsForward,
  binaryCrossentropy({ fromLogits: true }),
);
const softmaxCrossentropy = ofLoss(
  categoricalCrossentropyFromLogitsForward,
  categoricalCrossentropy({ fromLogits: true }),
);
const meanSquaredError = ofName(meanSquaredErrorForward, "meanSquaredError");
const categorical = ofName(categoricalCrossentropyForward, "categoricalCrossentropy");

const inSnakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** By the vector's op and the name in it. */
const measures: Readonly<Record<string, readonly Measure[]>> = {
  // tfjs has the formula of Keras 2.2.4. tf.keras's adds its epsilon once more under the logarithm: it agrees where no
  // probability is 0 or 1, as in the losses' case, and not in the metrics'.
  "loss binary_crossentropy": [keras224, ofName(binaryCrossentropyForward, "binaryCrossentropy")],
  "loss categorical_crossentropy": [categorical],
  "loss categorical_crossentropy from logits": [softmaxCrossentropy],
  "loss mean_squared_error": [meanSquaredError],
  "loss sparse_categorical_crossentropy": [
    ofName(sparseCategoricalCrossentropyForward, "sparseCategoricalCrossentropy"),
  ],
  ...Object.fromEntries(
    valueLossKinds.map((kind) => [
      `loss ${inSnakeCase(kind)}`,
      [ofName((scope, y, p) => valueLossForward(scope, y, p, { kind }), kind)],
    ]),
  ),
  "loss categorical_hinge": [ofName(categoricalHingeForward, "categoricalHinge")],
  // Keras 2.3.1's metric of this name has the other sign.
  "loss cosine_proximity": [ofLoss(cosineProximityForward, getLoss("cosineProximity"))],
  "metric binary_accuracy": [ofMetric(binaryAccuracy, "binaryAccuracy")],
  "metric binary_crossentropy": [keras224],
  "metric categorical_accuracy": [ofMetric(categoricalAccuracy, "categoricalAccuracy")],
  "metric categorical_crossentropy": [categorical],
  sigmoid_cross_entropy_with_logits: [sigmoidCrossentropy],
  "tfloss huber": [
    ofName((scope, y, p) => valueLossForward(scope, y, p, { kind: "huberLoss" }), "huberLoss"),
  ],
  "tfloss huber of delta 0.4": [
    ofLoss(
      (scope, y, p) => valueLossForward(scope, y, p, { kind: "huberLoss", delta: 0.4 }),
      huberLoss({ delta: 0.4 }),
    ),
  ],
  "tfloss mean_absolute_error": [
    ofName((scope, y, p) => valueLossForward(scope, y, p, { kind: "meanAbsoluteError" }), "mae"),
  ],
  "tfloss mean_squared_error": [meanSquaredError],
  "tfloss sigmoid_cross_entropy_with_logits": [sigmoidCrossentropy],
  "tfloss softmax_cross_entropy_with_logits": [softmaxCrossentropy],
};

function keyOf({ op, attrs: { name, fromLogits, delta = 1 } }: Vector): string {
  const options = `${fromLogits ? " from logits" : ""}${delta === 1 ? "" : ` of delta ${delta}`}`;
  return `${name ? `${op} ${name}` : op}${options}`;
}

function reason(vector: Vector): Reason | undefined {
  const { op, attrs, inputs } = vector;
  if (!Object.hasOwn(measures, keyOf(vector))) return noSuch(op === "metric" ? "metric" : "loss", attrs.name);
  return op === "tfloss" && inputs.weights ? "tf.losses: weights of the single numbers" : undefined;
}

/** All leading axes as one: the vectors have a number for each row of the last axis, our kernels for each sample. */
function asRows({ shape, data }: NdArray): NdArray {
  return { shape: [sizeOf(shape.slice(0, -1)), shape[shape.length - 1]], data };
}

/** Each number a row of its own. */
const asColumn = ({ data }: NdArray): NdArray => ({ shape: [data.length, 1], data });

/** The number of each row, and their mean. */
async function check(device: Device, vector: Vector): Promise<void> {
  const { op, attrs, inputs, expected, tol } = vector;
  const isSparse = attrs.name?.startsWith("sparse");
  const arrange = op === "sigmoid_cross_entropy_with_logits" ? asColumn : asRows;
  const wanted = { shape: [expected.y.data.length], data: expected.y.data };
  const mean = wanted.data.reduce((sum, value) => sum + value, 0) / wanted.data.length;
  for (const { rows, means } of measures[keyOf(vector)]) {
    using tape = new Tape(device);
    const target = upload(tape, isSparse ? inputs.yTrue : arrange(inputs.yTrue));
    const prediction = upload(tape, arrange(inputs.yPred ?? inputs.logits));
    // tf.losses's reductions are the mean where there are no weights: the rows are not known.
    if (op !== "tfloss") {
      expectWithin(await device.read(rows(tape, target, prediction)), wanted, tol, "rows");
    }
    for (const meanOf of means) {
      const scalar = await device.read(meanOf(tape, target, prediction));
      expectWithin(scalar, { shape: [], data: Float32Array.of(mean) }, tol, "mean");
    }
  }
}

const counts = `
core others
  31     22  ran
   8      0  no such metric: precision 3, r2_score 2, recall 3
   0     42  no such loss: hinge01 11, log_loss 12, weighted 19
   0     29  tf.losses: weights of the single numbers
`;

describeVectors("tfjs/losses_metrics", counts, reason, check);
