import { Tape } from "@convscope/autograd";
import type { Device } from "@convscope/kernels";
import { upload } from "@convscope/kernels/testing";
import { expect } from "vitest";
import { hasLayer, makeLayer } from "./make-layer.ts";
import { describeVectors, expectWithin, type Vector } from "./vectors.ts";

function reason({ attrs: { className, config, training } }: Vector): string | undefined {
  if (!hasLayer(className)) return `no such layer: ${className}`;
  if (config.dataFormat === "channelsFirst") return "channelsFirst";
  return training ? "training" : undefined;
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
    weight.set(undefined, weights[`w${i}`]);
    weight.place(device);
  });
  using tape = new Tape(device);
  const y = layer.call(tape, tape.variable(upload(tape, x)), { training: false, seed: 0, step: 0 }, 0);
  expectWithin(await device.read(y.tensor), expected.y, tol);
  expect([x.shape[0], ...layer.outputShape]).toEqual(expected.y.shape);
}

describeVectors("tfjs/layers", { ran: 0, leftOut: {} }, reason, check);
