import { type ModelFile, readModelFile } from "../files/index.ts";
import type { SavedModel } from "../files/saved-model.ts";
import { type FromConfigOptions, modelFromConfig } from "../model/from-config.ts";
import type { Model } from "../model/model.ts";
import type { Sequential } from "../model/sequential.ts";
import { checkOptions } from "../options.ts";
import { assignWeights } from "./load-weights.ts";
import { restoreState } from "./optimizer-state.ts";
import { compileOptionsOf } from "./training-config.ts";

export interface LoadModelOptions extends FromConfigOptions {
  /** Whether it is compiled as it was when it was saved. Default true. */
  readonly compile?: boolean;
  /** Where warnings go; default `console.warn`. */
  readonly warn?: (text: string) => void;
}

/**
 * A model from a file that holds its layers: Keras's `load_model`. Nothing in a file is executed.
 * @throws for a file of weights alone, a layer that is not supported (named with its path), and a damaged file
 */
export async function loadModel(
  file: ModelFile,
  options: LoadModelOptions = {},
): Promise<Sequential | Model> {
  checkOptions("loadModel", options, {
    compile: true,
    warn: true,
    device: true,
    seed: true,
    customLayers: true,
  });
  return modelOf(await readModelFile(file), options, typeof file === "string" ? file : "the file");
}

/** A model from a file that was read. */
export function modelOf(
  saved: SavedModel,
  { compile = true, warn = console.warn, ...options }: LoadModelOptions = {},
  name = "the file",
): Sequential | Model {
  if (!saved.modelConfig) {
    throw new Error(
      `[loadModel] ${name} holds weights and no layers: build the model, and load them with model.loadWeights.`,
    );
  }
  if (saved.kerasVersion?.startsWith("3.") && JSON.stringify(saved.modelConfig).includes('"hard_sigmoid"')) {
    throw new Error(
      `[loadModel] ${name}: Keras 3's hard_sigmoid is min(max(x/6 + 0.5, 0), 1), and there is only Keras 2's here, of slope 0.2: ` +
        "such a model would give other numbers.",
    );
  }
  const { seed, steps_done } = saved.extra ?? {};
  const model = modelFromConfig(saved.modelConfig, {
    ...(typeof seed === "number" && { seed }),
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  });
  if (!model.isBuilt) {
    throw new Error(
      `[loadModel] ${name} does not say what its model takes: the first layer has no batch_input_shape.`,
    );
  }
  assignWeights(model, saved, { warn });
  if (typeof steps_done === "number" && Number.isSafeInteger(steps_done) && steps_done >= 0) {
    model.resumeAt(steps_done);
  }
  if (compile && saved.trainingConfig) {
    try {
      model.compile(compileOptionsOf(saved.trainingConfig, saved.extra?.hyperparameters));
    } catch (error) {
      warn(`[loadModel] ${name}: the model is not compiled, call compile: ${(error as Error).message}`);
      return model;
    }
    restoreOptimizer(model, saved, name, warn);
  }
  return model;
}

/** As Keras: where the state does not fit, the optimizer begins anew, and says so. */
function restoreOptimizer(
  model: Sequential | Model,
  saved: SavedModel,
  name: string,
  warn: (text: string) => void,
): void {
  if (!model.optimizer || !saved.optimizerWeights?.length) return;
  try {
    restoreState(model.optimizer, model.trained, saved);
  } catch (error) {
    warn(
      `[loadModel] ${name}: the optimizer begins anew, its saved state does not fit: ${(error as Error).message}`,
    );
  }
}
