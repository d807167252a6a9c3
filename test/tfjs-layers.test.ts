import { Tape } from "@convscope/autograd";
import type { Device } from "@convscope/kernels";
import { upload } from "@convscope/kernels/testing";
import { expect } from "vitest";
import { hasLayer, makeLayer } from "./make-layer.ts";
import { describeVectors, expectWithin, noSuch, type Reason, type Vector } from "./vectors.ts";

function reason({ attrs: { className, config, training } }: Vector): Reason | undefined {
  if (!hasLayer(className)) return noSuch("layer", className);
  if (config.dataFormat === "channelsFirst") return noSuch("data format", "channelsFirst");
  return training ? `${className}: in training` : undefined;
}

/** The layer's result for the given weights. */
async function check(device: Device, { attrs, inputs, expected, tol }: Vector): Promise<void> {
  const { x, ...weights } = inputs;
  const layer = makeLayer(attrs.className, attrs.config);
  layer.build(x.shape.slice(1), 0, 0);
  expect(layer.weights.map(({ name }) => name.split("/").at(-1))).toEqual(
    attrs.weightNames.map((name: string) => `${name}:0`),
  );
  expect(layer.weights.length).toBe(Object.keys(weights).length);
  layer.weights.forEach((weight, i) => {
    weight.set(weights[`w${i}`]);
    weight.place(device);
  });
  using tape = new Tape(device);
  const y = layer.call(
    tape,
    tape.variable(upload(tape, x)),
    { training: false, seed: 0, step: 0, update: () => {} },
    0,
  );
  expectWithin(await device.read(y.tensor), expected.y, tol);
  expect([x.shape[0], ...layer.outputShape]).toEqual(expected.y.shape);
}

const counts = `
core others
  72      0  ran
   0     74  no such layer: Add 3, Average 3, AveragePooling1D 4, BatchNormalization 9, Concatenate 6,
               Conv1D 6, Conv2DTranspose 4, Cropping2D 4, DepthwiseConv2D 5, ELU 1, GlobalAveragePooling1D 1,
               GlobalMaxPooling1D 1, LeakyReLU 2, MaxPooling1D 5, Maximum 2, Minimum 2, Multiply 2, PReLU 1,
               Permute 1, ReLU 2, RepeatVector 1, Softmax 1, ThresholdedReLU 1, UpSampling2D 7
   0     33  no such data format: channelsFirst 33
`;

describeVectors("tfjs/layers", counts, reason, check);
