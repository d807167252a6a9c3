import { type Device, mixedVariantNames, type NdArray, variantNames } from "@convscope/kernels";
import { RMSprop, Sequential } from "@convscope/layers";
import { makeLayer } from "./make-layer.ts";
import { describeVectors, expectWithin, type Vector } from "./vectors.ts";

/** name0, name1, … of the arrays, as many as there are. */
function numbered(arrays: Readonly<Record<string, NdArray>>, name: string): NdArray[] {
  const result: NdArray[] = [];
  while (arrays[`${name}${result.length}`]) result.push(arrays[`${name}${result.length}`]);
  return result;
}

const numbers = (values: readonly number[]): NdArray => ({
  shape: [values.length],
  data: Float32Array.from(values),
});

/** Five steps from fixed weights: every number of the way is that of the reference. */
async function check(device: Device, { attrs, inputs, expected, tol }: Vector): Promise<void> {
  const layers = attrs.layers.map((layer: { className: string; config: object }) =>
    makeLayer(layer.className, layer.config),
  );
  using model = new Sequential(layers, { device, seed: 0 });
  const { lr: learningRate, rho, epsilon } = attrs.optimizer;
  model.compile({
    optimizer: new RMSprop({ learningRate, rho, epsilon }),
    loss: attrs.loss,
    metrics: attrs.metrics,
  });
  const weights = numbered(inputs, "w");
  model.setWeights(weights);
  const [x, y] = [numbered(inputs, "x"), numbered(inputs, "y")];

  expectWithin(await model.predict(x[0]), expected.pred0, tol, "pred0");
  const gradients = await model.gradientsOnBatch(x[0], y[0]);
  const gradientsWanted = numbered(expected, "grad");
  expectAll(gradients, gradientsWanted, "grad");
  // Nothing of this trained anything.
  const unchanged = await model.getWeights();
  unchanged.forEach((weight, i) => {
    expectWithin(weight, weights[i], { atol: 0, rtol: 0 }, `w${i}`);
  });

  const results: number[][] = [];
  for (let step = 0; step < attrs.steps; step++)
    results.push([await model.trainOnBatch(x[step], y[step])].flat());
  expectWithin(numbers(results.map(([loss]) => loss)), expected.losses, tol, "losses");
  expectWithin(numbers(results.map(([, accuracy]) => accuracy)), expected.accs, tol, "accs");
  expectAll(await model.getWeights(), numbered(expected, "final"), "final");
  expectWithin(await model.predict(x[0]), expected.predN, tol, "predN");

  function expectAll(got: readonly NdArray[], wanted: readonly NdArray[], name: string): void {
    if (got.length !== weights.length || wanted.length !== weights.length) {
      throw new Error(
        `${got.length} arrays of ${name}, ${wanted.length} wanted, for ${weights.length} weights.`,
      );
    }
    wanted.forEach((array, i) => {
      expectWithin(got[i], array, tol, `${name}${i}`);
    });
  }
}

const counts = `
core others
   2      0  ran
`;

const kernels = variantNames.filter((name) => !mixedVariantNames.includes(name));

describeVectors("train-trajectory", counts, () => undefined, check, kernels);
