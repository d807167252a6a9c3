import { describe, expect, it } from "vitest";
import { biasGradientReference } from "../bias-gradient/bias-gradient.reference.ts";
import { biasGradient } from "../bias-gradient/bias-gradient.ts";
import { reluBackwardReference } from "../relu/relu.reference.ts";
import {
  expectClose,
  grad,
  openTestDevice,
  randomArray,
  testedVariants,
  tfjs,
  upload,
} from "../testing/index.ts";
import { denseBackwardInput } from "./backward-input.ts";
import { denseBackwardWeights } from "./backward-weights.ts";
import {
  denseBackwardInputReference,
  denseBackwardWeightsReference,
  denseForwardReference,
} from "./dense.reference.ts";
import { denseForward } from "./forward.ts";
import { denseGeometry } from "./geometry.ts";

/** Rows, inputs, outputs: below, at and above the tiles of the kernels. */
const sizes = [
  [1, 1, 1],
  [3, 5, 1],
  [4, 32, 32],
  [5, 70, 33],
  [20, 129, 3],
  [7, 6272, 5],
  [20, 36, 8],
  [35, 68, 44],
  [66, 4, 4],
  [37, 520, 68],
];
/** Those that hold all branches of the kernels for GPUs, which take long to compile on a software device. */
const sizesForTiles = [
  [35, 68, 44],
  [37, 520, 68],
];

describe.each(testedVariants)("dense, %s kernels", (kernels) => {
  const device = openTestDevice(kernels);

  const isHalf = kernels === "half-tiles";
  const isTiles = kernels === "tiles" || isHalf;
  const activations = isTiles ? (["sigmoid", "tanh"] as const) : (["relu", "sigmoid", "tanh"] as const);
  it.each(isTiles ? sizesForTiles : sizes)(
    "agrees with the reference and tfjs: %i rows, %i inputs, %i outputs",
    async (rows, inputs, outputs) => {
      const x = randomArray([rows, inputs], 1);
      const w = randomArray([inputs, outputs], 2);
      const b = randomArray([outputs], 3);
      const dy = randomArray([rows, outputs], 4);
      const geometry = denseGeometry(x.shape, w.shape);
      using scope = device().scope();
      const [xT, wT, bT, dyT] = [x, w, b, dy].map((array) => upload(scope, array));
      const y = await device().read(denseForward(scope, xT, wT, bT));
      const dx = await device().read(denseBackwardInput(scope, geometry, dyT, wT));
      const dxMasked = await device().read(denseBackwardInput(scope, geometry, dyT, wT, xT));
      const dw = await device().read(denseBackwardWeights(scope, geometry, xT, dyT));
      const db = await device().read(biasGradient(scope, dyT));
      expectClose(y.data, denseForwardReference(geometry, x.data, w.data, b.data), { terms: inputs, isHalf });
      expectClose(dx.data, denseBackwardInputReference(geometry, dy.data, w.data), {
        terms: outputs,
        isHalf,
      });
      expect(dxMasked.data).toEqual(reluBackwardReference(x.data, dx.data));
      expectClose(dw.data, denseBackwardWeightsReference(geometry, x.data, dy.data), { terms: rows, isHalf });
      expectClose(db.data, biasGradientReference(dy.data, outputs), { terms: rows });
      const [dxTfjs, dwTfjs] = grad((xt, wt) => tfjs.matMul(xt, wt), [x, w], dy);
      expectClose(dx.data, dxTfjs, { terms: 2 * outputs, isHalf });
      expectClose(dw.data, dwTfjs, { terms: 2 * rows, isHalf });
    },
  );

  it.each(activations)("applies %s as it writes", async (activation) => {
    const x = randomArray([3, 8], 1);
    const w = randomArray([8, 4], 2);
    using scope = device().scope();
    const y = await device().read(
      denseForward(scope, upload(scope, x), upload(scope, w), undefined, activation),
    );
    const wanted = denseForwardReference(
      denseGeometry(x.shape, w.shape),
      x.data,
      w.data,
      undefined,
      activation,
    );
    // exp and tanh of WGSL may be off by a few units in the last place of their argument.
    expectClose(y.data, wanted, { terms: 8, magnitude: 4, isHalf });
  });

  it("passes NaN through the fused rectifier, so that what went wrong shows", async () => {
    using scope = device().scope();
    const x = upload(scope, { shape: [2, 4], data: Float32Array.of(Number.NaN, 1, 1, 1, -1, -1, -1, -1) });
    const w = upload(scope, { shape: [4, 4], data: new Float32Array(16).fill(1) });
    const { data } = await device().read(denseForward(scope, x, w, undefined, "relu"));
    expect([...data]).toEqual([...Array(4).fill(Number.NaN), ...Array(4).fill(0)]);
  });

  it("takes more rows than a grid is long: the pixels of a batch", async () => {
    const [rows, inputs, outputs] = [4 * 65_535 + 5, 2, 1];
    const x = randomArray([rows, inputs], 1);
    const w = randomArray([inputs, outputs], 2);
    const dy = randomArray([rows, outputs], 3);
    using scope = device().scope();
    const geometry = denseGeometry(x.shape, w.shape);
    const [y, dx] = await Promise.all([
      device().read(denseForward(scope, upload(scope, x), upload(scope, w))),
      device().read(denseBackwardInput(scope, geometry, upload(scope, dy), upload(scope, w))),
    ]);
    expectClose(y.data, denseForwardReference(geometry, x.data, w.data), { terms: inputs });
    expectClose(dx.data, denseBackwardInputReference(geometry, dy.data, w.data), { terms: outputs });
  });

  it("acts on the last axis of more than two", async () => {
    const x = randomArray([2, 3, 4], 1);
    const w = randomArray([4, 5], 2);
    using scope = device().scope();
    const y = await device().read(denseForward(scope, upload(scope, x), upload(scope, w)));
    expect(y.shape).toEqual([2, 3, 5]);
    expectClose(y.data, denseForwardReference(denseGeometry([6, 4], [4, 5]), x.data, w.data), {
      terms: 4,
      isHalf,
    });
  });
});

it("dense says what does not fit", () => {
  expect(() => denseGeometry([20, 6272], [8192, 256])).toThrow(
    "[dense] x has 6272 values a row but the weights expect 8192: x [20,6272], weights [8192,256] (inputs, outputs).",
  );
});
