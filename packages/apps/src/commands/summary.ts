import {
  applicationByName,
  applicationNames,
  type Model,
  modelFromConfig,
  readModelFile,
  type Sequential,
} from "@convscope/layers";
import { buildSmallCnn } from "../experiments/small-cnn.ts";
import { Output } from "../output.ts";
import { checkFile, isApplicationName } from "./model-of.ts";

export interface SummaryOptions {
  /** Whether the classifier is among the layers. */
  readonly top: boolean;
  readonly inputSize?: readonly [height: number, width: number];
  readonly alpha?: number;
  readonly json?: boolean;
}

/** @throws {RangeError} for options that the model does not have */
export function checkSummary(name: string, { top, inputSize, alpha }: SummaryOptions): void {
  const isGiven = !top || inputSize !== undefined || alpha !== undefined;
  if (!isApplicationName(name) && isGiven) {
    throw new RangeError(
      `--no-top, --input-size and --alpha are of ${applicationNames.join(", ")}; ${name} has none of them.`,
    );
  }
  if (alpha !== undefined && name !== "mobilenet") {
    throw new RangeError(`--alpha is the width of mobilenet; ${name} has none.`);
  }
}

/** Keras's table of a model's layers; for programs the same as data. */
export async function summary(name: string, options: SummaryOptions): Promise<void> {
  const { json = false } = options;
  const output = new Output(json);
  const model = await modelOf(name, options);
  if (!json) {
    model.summary({ printFn: (line) => output.say(line) });
    return;
  }
  const count = (weights: readonly { size: number }[]) => weights.reduce((sum, { size }) => sum + size, 0);
  const [trainable, nonTrainable] = [count(model.trainableWeights), count(model.nonTrainableWeights)];
  const inputShapes = model.inputs.map(({ shape }) => [null, ...shape]);
  output.result({
    name: model.name,
    inputShape: inputShapes.length === 1 ? inputShapes[0] : inputShapes,
    layers: model.summaryRows().map(({ connectedTo: _, ...row }) => row),
    parameters: { total: trainable + nonTrainable, trainable, nonTrainable },
  });
}

async function modelOf(name: string, { top, inputSize, alpha }: SummaryOptions): Promise<Model | Sequential> {
  if (isApplicationName(name)) {
    const inputShape = inputSize && [...inputSize, 3];
    return applicationByName(name, { weights: null, includeTop: top, inputShape, alpha });
  }
  if (name === "small-cnn") return buildSmallCnn();
  checkFile("summary", name, ["small-cnn", ...applicationNames]);
  const { modelConfig } = await readModelFile(name);
  if (!modelConfig) {
    throw new Error(`[summary] ${name} holds weights and no layers: weights inspect shows them.`);
  }
  const model = modelFromConfig(modelConfig);
  if (model.isBuilt) return model;
  throw new Error(
    `[summary] ${name} does not say what its model takes: the first layer has no batch_input_shape.`,
  );
}
