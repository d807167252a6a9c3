import { Tape } from "@convscope/autograd";
import type { Device, NdArray } from "@convscope/kernels";
import { upload } from "@convscope/kernels/testing";
import { input } from "@convscope/layers";
import { expect } from "vitest";
import { hasLayer, makeLayer } from "./make-layer.ts";
import { describeVectors, expectWithin, noSuch, type Reason, type Vector } from "./vectors.ts";

function reason({ attrs: { className, config, training }, inputs }: Vector): Reason | undefined {
  if (!hasLayer(className)) return noSuch("layer", className);
  if (config.dataFormat === "channelsFirst") return noSuch("data format", "channelsFirst");
  const rank = inputs.x?.shape.length ?? 0;
  const isLast = config.axis === -1 || config.axis === rank - 1;
  if (className === "BatchNormalization" && !isLast) return `${className}: over another axis than the last`;
  if (className === "Concatenate" && config.axis === 0) return `${className}: of samples`;
  return training ? `${className}: in training` : undefined;
}

const inference = { training: false, seed: 0, step: 0, update: () => {} };

/** The layer's result for the given weights. */
async function check(device: Device, { attrs, inputs, expected, tol }: Vector): Promise<void> {
  const names = Object.keys(inputs);
  const weights = names.filter((name) => name.startsWith("w")).map((name) => inputs[name]);
  const xs = names.filter((name) => name.startsWith("x")).map((name) => inputs[name]);
  const layer = makeLayer(attrs.className, attrs.config);
  const [, ...outputShape] = expected.y.shape;
  const y = layer.apply(xs.length === 1 ? givenInput(xs[0]) : xs.map(givenInput));
  expect(y.shape).toEqual(outputShape);
  expect(layer.weights.map(({ name }) => name.split("/").at(-1))).toEqual(
    attrs.weightNames.map((name: string) => `${name}:0`),
  );
  layer.setWeights(weights);
  for (const weight of layer.weights) weight.place(device);
  using tape = new Tape(device);
  const variables = xs.map((x) => tape.variable(upload(tape, x)));
  const [result] = layer.callAll(tape, variables, inference, 0);
  expectWithin(await device.read(result.tensor), expected.y, tol);
}

const givenInput = ({ shape: [, ...shape] }: NdArray) => input({ shape });

const counts = `
core others
  72     36  ran
   0     41  no such data format: channelsFirst 41
   0     24  no such layer: AveragePooling1D 4, Conv1D 6, Conv2DTranspose 4, GlobalAveragePooling1D 1,
               GlobalMaxPooling1D 1, MaxPooling1D 5, PReLU 1, Permute 1, RepeatVector 1
   0      5  BatchNormalization: over another axis than the last
   0      1  Concatenate: of samples
`;

describeVectors("tfjs/layers", counts, reason, check);
