import { type Device, type NdArray, sizeOf } from "@convscope/kernels";
import { upload } from "@convscope/kernels/testing";
import { Adagrad, Adam, type Optimizer, RMSprop, SGD, Weight, zeros } from "@convscope/layers";
import { describeVectors, expectWithin, noSuch, type Reason, type Vector } from "./vectors.ts";

// All vectors are of tfjs's convention: ε stands inside RMSprop's root and is not scaled in Adam's, where Keras 2 has
// it outside. It is 1e-7 beside gradients of about 1, so that both agree far within the tolerance.
const optimizers: Readonly<Record<string, (attrs: Vector["attrs"]) => Optimizer>> = {
  adagrad: ({ lr, initialAccumulatorValue }) => new Adagrad({ learningRate: lr, initialAccumulatorValue }),
  adam: ({ lr, beta1, beta2, epsilon }) => new Adam({ learningRate: lr, beta1, beta2, epsilon }),
  rmsprop: ({ lr, rho, epsilon, momentum, centered }) =>
    new RMSprop({ learningRate: lr, rho, epsilon, momentum, centered }),
  sgd: ({ lr, momentum, useNesterov }) => new SGD({ learningRate: lr, momentum, nesterov: useNesterov }),
};

function reason({ attrs: { optimizer } }: Vector): Reason | undefined {
  return Object.hasOwn(optimizers, optimizer) ? undefined : noSuch("optimizer", optimizer);
}

/** The gradients of the steps, in order. */
function gradientsOf({ attrs: { steps }, inputs: { param, grads } }: Vector): NdArray[] {
  const size = sizeOf(param.shape);
  return Array.from({ length: steps }, (_, step) => ({
    shape: param.shape,
    data: grads.data.slice(step * size, (step + 1) * size),
  }));
}

async function check(device: Device, vector: Vector): Promise<void> {
  const { attrs, inputs, expected, tol } = vector;
  using scope = device.scope();
  const gradients = gradientsOf(vector).map((gradient) => upload(scope, gradient));
  const weight = new Weight("param", inputs.param.shape, zeros());
  weight.set(inputs.param);
  weight.place(device);
  const optimizer = optimizers[attrs.optimizer](attrs);
  for (const gradient of gradients) optimizer.step(scope, [weight], new Map([[weight, gradient]]));
  expectWithin(await weight.read(), expected.param, tol, "param");
}

const counts = `
core others
  10     18  ran
`;

describeVectors("tfjs/optimizers", counts, reason, check);
