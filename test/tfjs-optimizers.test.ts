import { type Device, type NdArray, rmspropUpdate, sizeOf } from "@convscope/kernels";
import { upload } from "@convscope/kernels/testing";
import { Adam, type Optimizer, SGD, Weight, zeros } from "@convscope/layers";
import { describeVectors, expectWithin, noSuch, type Reason, type Vector } from "./vectors.ts";

// All vectors are of tfjs's convention: ε stands inside RMSprop's root and is not scaled in Adam's, where Keras 2 has
// it outside. It is 1e-7 beside gradients of about 1, so that both agree far within the tolerance.
const optimizers: Readonly<Record<string, (attrs: Vector["attrs"]) => Optimizer>> = {
  adam: ({ lr, beta1, beta2, epsilon }) => new Adam({ learningRate: lr, beta1, beta2, epsilon }),
  sgd: ({ lr, momentum, useNesterov }) => new SGD({ learningRate: lr, momentum, nesterov: useNesterov }),
};

function reason({ attrs: { optimizer, centered } }: Vector): Reason | undefined {
  if (optimizer === "rmsprop") return centered ? "RMSprop: centered" : undefined;
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
  if (attrs.optimizer === "rmsprop") {
    // The layers' RMSprop is Keras 2's, without momentum; the kernel has it.
    const parameter = upload(scope, inputs.param);
    const zero = { shape: inputs.param.shape, data: new Float32Array(inputs.param.data.length) };
    const [accumulator, momentumBuffer] = [upload(scope, zero), upload(scope, zero)];
    const { lr: learningRate, rho, epsilon, momentum } = attrs;
    for (const gradient of gradients) {
      rmspropUpdate(
        scope,
        { parameter, gradient, accumulator, momentumBuffer },
        { learningRate, rho, epsilon, momentum },
      );
    }
    expectWithin(await device.read(parameter), expected.param, tol, "param");
    return;
  }
  const weight = new Weight("param", inputs.param.shape, zeros());
  weight.set(inputs.param);
  weight.place(device);
  const optimizer = optimizers[attrs.optimizer](attrs);
  for (const gradient of gradients) optimizer.step(scope, [weight], new Map([[weight, gradient]]));
  expectWithin(await weight.read(), expected.param, tol, "param");
}

const counts = `
core others
   8     16  ran
   2      0  RMSprop: centered
   0      2  no such optimizer: adagrad 2
`;

describeVectors("tfjs/optimizers", counts, reason, check);
