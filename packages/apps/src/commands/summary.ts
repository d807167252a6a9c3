import { buildSmallCnn } from "../experiments/small-cnn.ts";
import { Output } from "../output.ts";

/** Keras's table of a model's layers; for programs the same as data. */
export function summary({ json = false }: { json?: boolean }): void {
  const output = new Output(json);
  const model = buildSmallCnn();
  if (!json) {
    model.summary({ printFn: (line) => output.say(line) });
    return;
  }
  const count = (weights: readonly { size: number }[]) => weights.reduce((sum, { size }) => sum + size, 0);
  output.result({
    name: model.name,
    inputShape: [null, ...model.inputShape],
    layers: model.layers.map((layer) => ({
      name: layer.name,
      className: layer.className,
      outputShape: [null, ...layer.outputShape],
      parameters: layer.countParams(),
    })),
    parameters: {
      total: model.countParams(),
      trainable: count(model.trainableWeights),
      nonTrainable: count(model.nonTrainableWeights),
    },
  });
}
