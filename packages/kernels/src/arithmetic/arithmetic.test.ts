import { describe, expect, it } from "vitest";
import type { Scope } from "../device/memory.ts";
import type { NdArray, Tensor } from "../device/tensor.ts";
import {
  expectClose,
  grad,
  openTestDevice,
  randomArray,
  tfjs,
  upload,
  wholeNumbers,
} from "../testing/index.ts";
import {
  arithmeticBackwardReference,
  arithmeticForwardReference,
  type OperationName,
  operationsReference,
} from "./arithmetic.reference.ts";
import {
  addBackward,
  addForward,
  extremeBackward,
  extremeForward,
  multiplyBackward,
  multiplyForward,
  subtractBackward,
  subtractForward,
} from "./arithmetic.ts";

/** Odd sizes: below, at and above a workgroup, and larger ones. */
const shapes = [[1], [63], [64], [65], [3, 5, 7, 2], [2, 150, 70]];

/** Shapes of the operands and of the result. */
const broadcasts: { a: number[]; b: number[]; y: number[] }[] = [
  { a: [3, 5, 7, 70], b: [70], y: [3, 5, 7, 70] },
  { a: [], b: [5, 3], y: [5, 3] },
  { a: [1], b: [65], y: [65] },
  { a: [1, 1, 7], b: [7], y: [1, 1, 7] },
  { a: [5, 1], b: [1, 70], y: [5, 70] },
  { a: [3, 1, 1, 5], b: [3, 9, 7, 5], y: [3, 9, 7, 5] },
  { a: [3, 9, 7, 1], b: [9, 1, 5], y: [3, 9, 7, 5] },
  { a: [150, 3], b: [1, 3], y: [150, 3] },
  // Gradients of many elements, of few terms each.
  { a: [3, 130, 130], b: [130, 130], y: [3, 130, 130] },
  { a: [2, 130, 1, 70], b: [2, 130, 3, 70], y: [2, 130, 3, 70] },
  { a: [2, 1, 3, 1, 2, 1], b: [1, 3, 1, 2, 1, 5], y: [2, 3, 3, 2, 2, 5] },
  { a: [2, 1, 3, 1, 2, 1], b: [2, 3, 3, 2, 2, 5], y: [2, 3, 3, 2, 2, 5] },
  { a: [2, 3, 1, 2, 2, 2], b: [1, 2], y: [2, 3, 1, 2, 2, 2] },
  { a: [2, 1, 1, 1, 1, 1, 3, 1], b: [3, 1, 1], y: [2, 1, 1, 1, 1, 3, 3, 1] },
];
const exact = { absolute: 0, relative: 0 };

const names = Object.keys(operationsReference) as OperationName[];

/** Our kernels by name. */
const kernels: Readonly<
  Record<
    OperationName,
    {
      forward: (scope: Scope, a: Tensor, b: Tensor) => Tensor;
      backward: (scope: Scope, dy: Tensor, a: Tensor, b: Tensor) => readonly (Tensor | undefined)[];
    }
  >
> = {
  add: {
    forward: addForward,
    backward: (scope, dy, a, b) => [addBackward(scope, dy, a.shape), addBackward(scope, dy, b.shape)],
  },
  subtract: {
    forward: subtractForward,
    backward: (scope, dy, a, b) => [addBackward(scope, dy, a.shape), subtractBackward(scope, dy, b.shape)],
  },
  multiply: {
    forward: multiplyForward,
    backward: (scope, dy, a, b) => [
      multiplyBackward(scope, dy, b, a.shape),
      multiplyBackward(scope, dy, a, b.shape),
    ],
  },
  maximum: {
    forward: (scope, a, b) => extremeForward(scope, "maximum", a, b),
    backward: (scope, dy, a, b) => extremeBackward(scope, "maximum", dy, [a, b], [true, true]),
  },
  minimum: {
    forward: (scope, a, b) => extremeForward(scope, "minimum", a, b),
    backward: (scope, dy, a, b) => extremeBackward(scope, "minimum", dy, [a, b], [true, true]),
  },
};

const byTfjs: Readonly<Record<OperationName, (a: tfjs.Tensor, b: tfjs.Tensor) => tfjs.Tensor>> = {
  add: (a, b) => tfjs.add(a, b),
  subtract: (a, b) => tfjs.sub(a, b),
  multiply: (a, b) => tfjs.mul(a, b),
  maximum: (a, b) => tfjs.maximum(a, b),
  minimum: (a, b) => tfjs.minimum(a, b),
};

describe.each(names)("%s", (name) => {
  const device = openTestDevice();
  const { forward, backward } = kernels[name];

  /** The result and both gradients, against the reference and tfjs. Whole numbers, ties among them: all sums are exact. */
  async function check(a: NdArray, b: NdArray, shape: readonly number[]) {
    const dy = wholeNumbers(shape, 3);
    using scope = device().scope();
    const [aTensor, bTensor, dyTensor] = [a, b, dy].map((array) => upload(scope, array));
    const y = forward(scope, aTensor, bTensor);
    expect(y.shape).toEqual(shape);
    expectClose((await device().read(y)).data, arithmeticForwardReference(name, a, b, shape), exact);
    const gradients = backward(scope, dyTensor, aTensor, bTensor);
    const wanted = arithmeticBackwardReference(name, a, b, dy);
    // tfjs has 6 dimensions, and its gradients of a broadcast maximum and minimum fail.
    const isTheirs =
      shape.length <= 6 && (name[0] !== "m" || name === "multiply" || a.shape.join() === b.shape.join());
    const theirs = isTheirs ? grad(byTfjs[name], [a, b], dy) : undefined;
    for (const [i, operand] of [a, b].entries()) {
      expect(gradients[i]?.shape).toEqual(operand.shape);
      const { data } = await device().read(gradients[i] as Tensor);
      expectClose(data, wanted[i], exact);
      if (theirs) expectClose(wanted[i], theirs[i], exact);
    }
  }

  it.each(shapes.map((shape) => ({ shape })))("of one shape, $shape", ({ shape }) =>
    check(wholeNumbers(shape, 1), wholeNumbers(shape, 2), shape),
  );

  // A pipeline for each shape and operation takes its time to compile: the others do with some of them.
  it.each(name === "add" ? broadcasts : broadcasts.slice(3, 7))(
    "broadcasts $a and $b",
    async ({ a, b, y }) => {
      await check(wholeNumbers(a, 1), wholeNumbers(b, 2), y);
      await check(wholeNumbers(b, 2), wholeNumbers(a, 1), y);
    },
  );

  it("takes any numbers, and passes NaN on", async () => {
    const a = randomArray([5, 1, 7], 1);
    const b = randomArray([3, 1], 2);
    a.data[3] = Number.NaN;
    b.data[1] = Number.NaN;
    using scope = device().scope();
    const y = forward(scope, upload(scope, a), upload(scope, b));
    expectClose((await device().read(y)).data, arithmeticForwardReference(name, a, b, [5, 3, 7]), exact);
    const same = forward(scope, upload(scope, a), upload(scope, a));
    expectClose((await device().read(same)).data, arithmeticForwardReference(name, a, a, a.shape), exact);
  });

  it("names itself where shapes do not broadcast", () => {
    using scope = device().scope();
    expect(() => forward(scope, scope.tensor([2, 3]), scope.tensor([3, 2]))).toThrow(
      `[${name}] a is [2,3] and b is [3,2]: counted from the last, their sizes must be equal, or one of them 1.`,
    );
  });
});

describe("add", () => {
  const device = openTestDevice();

  it("hands dy on where nothing was broadcast", () => {
    using scope = device().scope();
    const dy = scope.tensor([3, 5]);
    expect(addBackward(scope, dy, [3, 5])).toEqual(dy);
  });

  it("agrees with finite differences", async () => {
    const shape = [4, 3];
    const x = wholeNumbers([3], 1);
    const other = wholeNumbers(shape, 2);
    const dy = wholeNumbers(shape, 3);
    using scope = device().scope();
    const lossOf = async (values: Float32Array) => {
      const y = addForward(scope, upload(scope, { shape: [3], data: values }), upload(scope, other));
      const { data } = await device().read(y);
      return data.reduce((sum, value, i) => sum + dy.data[i] * value, 0);
    };
    const { data: gradient } = await device().read(addBackward(scope, upload(scope, dy), [3]));
    for (let i = 0; i < 3; i++) {
      const difference =
        (await lossOf(x.data.with(i, x.data[i] + 1))) - (await lossOf(x.data.with(i, x.data[i] - 1)));
      // The sum is linear and its numbers are whole, so the difference is exact.
      expect(gradient[i]).toBe(difference / 2);
    }
  });

  it("sums a gradient of many terms within the bound of its additions, twice to the same bits", async () => {
    const dy = randomArray([20_001, 3], 4);
    using scope = device().scope();
    const dyTensor = upload(scope, dy);
    const { data } = await device().read(addBackward(scope, dyTensor, [3]));
    const [wanted] = arithmeticBackwardReference("add", { shape: [3], data: new Float32Array(3) }, dy, dy);
    expectClose(data, wanted, { terms: 20_001 });
    expect((await device().read(addBackward(scope, dyTensor, [3]))).data).toEqual(data);
  });

  it("makes no new pipeline for another batch size", () => {
    using scope = device().scope();
    const step = (batch: number) => {
      const image = [batch, 5, 4, 3];
      for (const operand of [[3], [batch, 1, 1, 3], [1, 5, 4, 3], [5, 1, 1], [batch, 5, 4, 1]]) {
        const y = addForward(scope, scope.tensor(image), scope.tensor(operand));
        addBackward(scope, y, operand);
      }
    };
    step(20);
    const { pipelines } = device().created;
    step(7);
    expect(device().created.pipelines).toBe(pipelines);
  });

  it("gives nothing for an empty operand, and zeros as the gradient of one that met it", async () => {
    using scope = device().scope();
    const one = upload(scope, { shape: [1], data: Float32Array.of(3) });
    const y = addForward(scope, one, scope.tensor([0, 0, 5]));
    expect(y.shape).toEqual([0, 0, 5]);
    expect([...(await device().read(addBackward(scope, y, [1]))).data]).toEqual([0]);
  });

  it("reaches every element of a tensor whose grid folds into two dimensions", async () => {
    const count = 65_536 * 64 + 1;
    const values = Float32Array.from({ length: count }, (_, i) => i % 1000);
    using scope = device().scope();
    const a = scope.tensor([count]);
    const b = scope.tensor([count]);
    device().write(a, values);
    device().write(b, new Float32Array(count).fill(1));
    const { data } = await device().read(addForward(scope, a, b));
    expect(data.findIndex((value, i) => value !== values[i] + 1)).toBe(-1);
  });

  it("adds a tensor to itself", async () => {
    using scope = device().scope();
    const a = scope.tensor([3]);
    device().write(a, Float32Array.of(1, -2, 0.5));
    expect([...(await device().read(addForward(scope, a, a))).data]).toEqual([2, -4, 1]);
  });

  it("refuses shapes that do not broadcast", () => {
    using scope = device().scope();
    const [a, b] = [scope.tensor([2, 3]), scope.tensor([3, 2])];
    expect(() => addForward(scope, a, b)).toThrow(
      "[add] a is [2,3] and b is [3,2]: counted from the last, their sizes must be equal, or one of them 1.",
    );
    expect(() => addForward(scope, a, scope.tensor([2]))).toThrow("[add] a is [2,3] and b is [2]: counted");
    expect(() => addBackward(scope, a, [2, 2, 3])).toThrow(
      "[add] backward: dy is [2,3], and [2,2,3] does not broadcast to it.",
    );
    const [odd, even] = [scope.tensor([2, 1, 2, 1, 2, 1, 2]), scope.tensor([1, 2, 1, 2, 1, 2, 1])];
    expect(() => addForward(scope, odd, even)).toThrow(
      "[add] a is [2,1,2,1,2,1,2] and b is [1,2,1,2,1,2,1]: axes that are broadcast and axes that are not take turns " +
        "7 times, 6 is the most. Give shapes of fewer dimensions.",
    );
    expect(() => addBackward(scope, scope.tensor([2, 2, 2, 2, 2, 2, 2]), odd.shape)).toThrow(
      "[add] an operand is [2,1,2,1,2,1,2] and dy is [2,2,2,2,2,2,2]: axes",
    );
  });
});
