import {
  type ApplicationName,
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

async function modelOf(name: string, options: SummaryOptions): Promise<Model | Sequential> {
  const { top, inputSize, alpha } = options;
  if (isApplicationName(name)) return application(name, options);
  if (!top || inputSize || alpha !== undefined) {
    throw new Error(
      `[summary] --no-top, --input-size and --alpha belong to ${applicationNames.join(", ")}, not to ${name}.`,
    );
  }
  if (name === "small-cnn") return buildSmallCnn();
  checkFile("summary", name, ["small-cnn", ...applicationNames]);
  const { modelConfig } = await readModelFile(name);
  if (!modelConfig)
    throw new Error(`[summary] ${name} holds weights and no layers: weights inspect shows them.`);
  return modelFromConfig(modelConfig);
}

function application(name: ApplicationName, { top, inputSize, alpha }: SummaryOptions): Promise<Model> {
  if (alpha !== undefined && name !== "mobilenet") {
    throw new Error(`[summary] --alpha is the width of mobilenet; ${name} has none.`);
  }
  const inputShape = inputSize && [...inputSize, 3];
  return applicationByName(name, { weights: null, includeTop: top, inputShape, alpha });
}
