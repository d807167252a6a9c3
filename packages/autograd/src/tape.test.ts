import {
  biasGradient,
  type Device,
  reluForward,
  reshaped,
  StepMemory,
  sigmoidForward,
  type Tensor,
} from "@convscope/kernels";
import { openTestDevice, randomArray, upload } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import type { LossOp, Op } from "./op.ts";
import { ops } from "./ops/index.ts";
import { Tape } from "./tape.ts";
import type { Parameter, Variable } from "./variable.ts";

/** An op that counts its backwards. */
function counted(op: Op): { readonly op: Op; readonly visits: () => number } {
  let visits = 0;
  return {
    op: {
      ...op,
      backward: (scope, dy, recorded) => {
        visits++;
        return op.backward(scope, dy, recorded);
      },
    },
    visits: () => visits,
  };
}

/** Puts numbers into a tensor of the tape. */
function numbers(tape: Tape, shape: readonly number[], ...values: number[]): Tensor {
  return upload(tape, { shape, data: Float32Array.from(values) });
}

async function valuesOf(device: Device, tensor: Tensor | undefined): Promise<number[]> {
  if (!tensor) throw new Error("no gradient");
  return [...(await device.read(tensor)).data];
}

describe("Tape.backward", () => {
  const device = openTestDevice();

  it.each([
    { uses: 1, wanted: [1, -2, 3] },
    { uses: 2, wanted: [2, -4, 6] },
    { uses: 3, wanted: [3, -6, 9] },
    { uses: 4, wanted: [4, -8, 12] },
  ])("adds up the gradients of a variable used $uses times", async ({ uses, wanted }) => {
    using tape = new Tape(device());
    const x = tape.variable(numbers(tape, [3], 10, 20, 30), true);
    const zero = tape.variable(numbers(tape, [3], 0, 0, 0));
    let sum = zero;
    for (let i = 0; i < uses; i++) sum = tape.apply(ops.add, [sum, x], undefined);
    const dy = numbers(tape, [3], 1, -2, 3);
    const gradients = tape.backward(sum, dy);
    expect(await valuesOf(device(), gradients.get(x))).toEqual(wanted);
    // What came in is handed on by `add`, and nobody wrote into it.
    expect(await valuesOf(device(), dy)).toEqual([1, -2, 3]);
    expect(gradients.get(zero)).toBeUndefined();
  });

  it("adds up the gradients of one variable at both inputs of an op", async () => {
    using tape = new Tape(device());
    const x = tape.variable(numbers(tape, [2, 2], 1, 2, 3, 4), true);
    // d/dx Σ x·x = (x + xᵀ summed): with dy of ones, row sums of xᵀ and column sums.
    const y = tape.apply(ops.dense, [x, x], {});
    const gradient = tape.backward(y, numbers(tape, [2, 2], 1, 1, 1, 1)).get(x);
    expect(await valuesOf(device(), gradient)).toEqual([3 + 4, 7 + 4, 3 + 6, 7 + 6]);
  });

  it("gives the same bits in every pass", async () => {
    const runs: number[][] = [];
    for (let run = 0; run < 2; run++) {
      using tape = new Tape(device());
      const x = tape.variable(upload(tape, randomArray([70], 1)), true);
      const parts = [ops.tanh, ops.sigmoid, ops.relu].map((op) => tape.apply(op, [x], undefined));
      const y = parts.reduce((sum, part) => tape.apply(ops.add, [sum, part], undefined), x);
      runs.push(await valuesOf(device(), tape.backward(y, upload(tape, randomArray([70], 2))).get(x)));
    }
    expect(runs[0]).toEqual(runs[1]);
  });

  it("visits nothing below the lowest variable that needs a gradient", async () => {
    const [below, above] = [counted(ops.relu), counted(ops.tanh)];
    using tape = new Tape(device());
    const x = tape.variable(numbers(tape, [2, 2], 1, 2, 3, 4));
    const w = tape.variable(numbers(tape, [2, 1], 1, 1), true);
    const features = tape.apply(below.op, [tape.apply(below.op, [x], undefined)], undefined);
    const y = tape.apply(above.op, [tape.apply(ops.dense, [features, w], {})], undefined);
    device().startProfiling();
    const gradients = tape.backward(y, numbers(tape, [2, 1], 1, 1));
    const { kernels } = await device().stopProfiling();
    expect(below.visits()).toBe(0);
    expect(above.visits()).toBe(1);
    // dense's own: the gradient of the weights, and none for its input or a bias that it has not.
    expect(kernels.map(({ kernel }) => kernel).filter((kernel) => kernel.startsWith("dense"))).toEqual([
      expect.stringContaining("dense.backwardWeights"),
    ]);
    expect(kernels.some(({ kernel }) => kernel.startsWith("relu"))).toBe(false);
    expect([...gradients.keys()]).toEqual([y, expect.objectContaining({ needsGradient: true }), w]);
  });

  it.each([
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, true],
    [false, false, false],
  ])("gives gradients to those of x, f, b that need one: %s %s %s", (...needs) => {
    using tape = new Tape(device());
    const shapes = [[1, 3, 3, 1], [2, 2, 1, 3], [3]];
    const inputs = shapes.map((shape, i) => tape.variable(upload(tape, randomArray(shape, i)), needs[i]));
    const y = tape.apply(ops.conv2d, inputs, {});
    const gradients = tape.backward(y, upload(tape, randomArray(y.tensor.shape, 4)));
    expect(inputs.map((input) => gradients.has(input))).toEqual(needs);
    expect(gradients.has(y)).toBe(needs.includes(true));
  });

  it("does not visit what the root is not made of", () => {
    const aside = counted(ops.relu);
    using tape = new Tape(device());
    const x = tape.variable(numbers(tape, [2], 1, 2), true);
    const y = tape.apply(ops.tanh, [x], undefined);
    tape.apply(aside.op, [y], undefined);
    tape.backward(y, numbers(tape, [2], 1, 1));
    expect(aside.visits()).toBe(0);
  });

  it("starts at a loss without a dy", async () => {
    using tape = new Tape(device());
    const p = tape.variable(numbers(tape, [2, 1], 1, 3), true);
    const target = tape.variable(numbers(tape, [2], 0, 1));
    const loss = tape.apply(ops.meanSquaredError, [p, target], {});
    const gradients = tape.backward(loss);
    expect([...gradients.keys()]).toEqual([p]);
    expect(await valuesOf(device(), gradients.get(p))).toEqual([1, 2]);
  });

  it("starts at several losses, and gives the gradients of their sum", async () => {
    using tape = new Tape(device());
    const p = tape.variable(numbers(tape, [2, 1], 1, 3), true);
    const loss = (...target: number[]) =>
      tape.apply(ops.meanSquaredError, [p, tape.variable(numbers(tape, [2], ...target))], {});
    const gradients = tape.backward([loss(0, 1), loss(0, 0)]);
    expect(await valuesOf(device(), gradients.get(p))).toEqual([1 + 1, 2 + 3]);
    expect(() => tape.backward([loss(0, 0), p])).toThrow("which is no loss: give its gradient dy too.");
  });
});

describe("a rectifier's slope", () => {
  const device = openTestDevice();

  /** conv2d with a rectifier, then a pool of it; the kernels that ran are counted by the profile. */
  async function backwardOf(arrange: (tape: Tape, y: Variable) => void) {
    using tape = new Tape(device());
    const x = tape.variable(upload(tape, randomArray([2, 6, 6, 3], 1)), true);
    const f = tape.variable(upload(tape, randomArray([3, 3, 3, 4], 2)), true);
    const y = tape.apply(ops.conv2d, [x, f], { activation: "relu" });
    arrange(tape, y);
    const pooled = tape.apply(ops.maxPool2d, [y], { poolSize: 2, padding: "valid" });
    device().startProfiling();
    const gradients = tape.backward(pooled, upload(tape, randomArray([2, 2, 2, 4], 3)));
    const { kernels } = await device().stopProfiling();
    return {
      passes: kernels.find(({ kernel }) => kernel === "relu.backward")?.calls ?? 0,
      dx: await valuesOf(device(), gradients.get(x)),
      df: await valuesOf(device(), gradients.get(f)),
      dy: gradients.get(y) && (await valuesOf(device(), gradients.get(y))),
    };
  }

  it("is applied by the one reader, which costs no pass, or by a pass where the gradient after it is kept", async () => {
    const fused = await backwardOf(() => {});
    const kept = await backwardOf((tape, y) => tape.keep(y));
    expect(fused.passes).toBe(0);
    expect(kept.passes).toBe(1);
    expect(fused.dy).toBeUndefined();
    expect(kept.dy).toHaveLength(2 * 4 * 4 * 4);
    expect(fused.dx).toEqual(kept.dx);
    expect(fused.df).toEqual(kept.df);
  });

  it("takes a pass where two entries read the result", async () => {
    const twice = await backwardOf((tape, y) => tape.apply(ops.relu, [y], undefined));
    expect(twice.passes).toBe(1);
    expect(twice.dx).toEqual((await backwardOf(() => {})).dx);
  });

  it("of a rectifier that is an op of its own is applied by its reader, too", async () => {
    const gradientsOf = async (keeps: boolean) => {
      using tape = new Tape(device());
      const x = tape.variable(upload(tape, randomArray([3, 5], 4)), true);
      const y = tape.apply(ops.relu, [x], undefined);
      if (keeps) tape.keep(y);
      const z = tape.apply(ops.dense, [y, tape.variable(upload(tape, randomArray([5, 2], 5)), true)], {});
      return valuesOf(device(), tape.backward(z, upload(tape, randomArray([3, 2], 6))).get(x));
    };
    expect(await gradientsOf(false)).toEqual(await gradientsOf(true));
  });
});

describe("Tape.backward's refusals", () => {
  const device = openTestDevice();

  /** A loss, and a result, of a variable. */
  function record(tape: Tape, target: { needsGradient: boolean } = { needsGradient: false }) {
    const x = tape.variable(numbers(tape, [2, 1], 1, 3), true);
    const y = tape.apply(ops.tanh, [x], undefined);
    const wanted = tape.variable(numbers(tape, [2, 1], 0, 1), target.needsGradient);
    return { x, y, loss: tape.apply(ops.meanSquaredError, [y, wanted], {}) };
  }

  it("wants a dy for what is no loss", () => {
    using tape = new Tape(device());
    const { x, y } = record(tape);
    expect(() => tape.backward(y)).toThrow(
      "[tape] backward starts at the result [2,1] of tanh, which is no loss: give its gradient dy too.",
    );
    expect(() => tape.backward(x)).toThrow("[tape] backward starts at a variable [2,1], which is no loss");
  });

  it("wants a dy of the root's shape, and none for a loss", () => {
    using tape = new Tape(device());
    const { y, loss } = record(tape);
    expect(() => tape.backward(y, tape.tensor([2]))).toThrow(
      "[tape] dy is [2], must be [2,1], as what backward starts at.",
    );
    expect(() => tape.backward(loss, tape.tensor([]))).toThrow(
      "[tape] meanSquaredError is a loss: backward takes no dy for it.",
    );
  });

  it("refuses a loss below the root", () => {
    using tape = new Tape(device());
    const { loss } = record(tape);
    const twice = tape.apply(ops.add, [loss, loss], undefined);
    expect(() => tape.backward(twice, tape.tensor([]))).toThrow(
      "[tape] meanSquaredError is a loss: backward starts at it, and cannot pass through it.",
    );
  });

  it("refuses to give no gradient where one is needed", () => {
    using tape = new Tape(device());
    const { loss } = record(tape, { needsGradient: true });
    expect(() => tape.backward(loss)).toThrow(
      "[tape] meanSquaredError has no gradient for its input target [2,1], which needs one of its shape.",
    );
  });

  it("refuses a gradient of another shape than its input", () => {
    const wrong: Op = {
      ...ops.relu,
      backward: (scope, dy) => [biasGradient(scope, dy)],
    };
    using tape = new Tape(device());
    const x = tape.variable(numbers(tape, [2, 3], 1, 2, 3, 4, 5, 6), true);
    const y = tape.apply(wrong, [x], undefined);
    expect(() => tape.backward(y, y.tensor)).toThrow(
      "[tape] relu gave a gradient [3] for its input x [2,3], which needs one of its shape.",
    );
  });
});

describe("Tape.makerOf", () => {
  const device = openTestDevice();

  it("finds the entry that made a variable, and none for one from outside", () => {
    using tape = new Tape(device());
    const x = tape.variable(numbers(tape, [2], 1, 2));
    const y = tape.apply(ops.tanh, [x], undefined);
    expect(tape.makerOf(y)).toBe(tape.entries[0]);
    expect(tape.makerOf(y)?.op).toBe(ops.tanh);
    expect(tape.makerOf(x)).toBeUndefined();
  });
});

describe("a printed tape", () => {
  const device = openTestDevice();
  const parameter = (
    tape: Tape,
    name: string,
    shape: readonly number[],
    needsGradient = true,
  ): Parameter => ({
    name,
    tensor: tape.tensor(shape),
    needsGradient,
  });

  it("has a line an entry, within 110 columns for the lecture's layers", () => {
    using tape = new Tape(device());
    const p = (name: string, shape: readonly number[]) => parameter(tape, name, shape);
    const x = tape.variable(tape.tensor([4, 30, 30, 3]));
    const dropped = { rate: 0.5, seed: 1, stream: 0, step: 0 };
    let v = tape.apply(ops.conv2d, [x, p("conv2d_1/kernel:0", [3, 3, 3, 8]), p("conv2d_1/bias:0", [8])], {
      activation: "relu",
    });
    v = tape.apply(ops.maxPool2d, [v], { poolSize: 2, padding: "valid" });
    v = tape.apply(ops.reshape, [v], { shape: [4, 14 * 14 * 8] });
    v = tape.apply(ops.dropout, [v], dropped);
    v = tape.apply(ops.dense, [v, p("dense_1/kernel:0", [14 * 14 * 8, 1]), p("dense_1/bias:0", [1])], {});
    tape.apply(ops.sigmoid, [v], undefined);
    const target = tape.variable(tape.tensor([4, 1]));
    tape.apply(ops.binaryCrossentropyFromLogits, [v, target], {});
    const text = tape.toString();
    expect(text).toMatchInlineSnapshot(`
      "v1* [4,28,28,8] = conv2d(x v0 [4,30,30,3], f conv2d_1/kernel:0* [3,3,3,8], b conv2d_1/bias:0* [8])
      v2* [4,14,14,8] = maxPool2d(x v1*)
      v3* [4,1568]    = reshape(x v2*)
      v4* [4,1568]    = dropout(x v3*)
      v5* [4,1]       = dense(x v4*, w dense_1/kernel:0* [1568,1], b dense_1/bias:0* [1])
      v6* [4,1]       = sigmoid(x v5*)
      v8* []          = binaryCrossentropyFromLogits(prediction v5*, target v7 [4,1])"
    `);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  it("marks what needs a gradient, and names a variable the same wherever it stands", () => {
    using tape = new Tape(device());
    const frozen = parameter(tape, "frozen", [3], false);
    const y = tape.apply(ops.add, [frozen, frozen], undefined);
    tape.apply(ops.add, [y, parameter(tape, "bias", [3])], undefined);
    expect(tape.toString()).toMatchInlineSnapshot(`
      "v0 [3]  = add(a frozen [3], b frozen)
      v1* [3] = add(a v0, b bias* [3])"
    `);
  });

  it("is empty before the first entry", () => {
    using tape = new Tape(device());
    expect(`${tape}`).toBe("");
  });
});

describe("the memory of a tape", () => {
  const device = openTestDevice();

  function step(tape: Tape, rows: number): Variable {
    const x = tape.variable(upload(tape, randomArray([rows, 5], 1)), true);
    const y = tape.apply(ops.tanh, [x], undefined);
    tape.backward(y, y.tensor);
    return y;
  }

  it("goes back to the pool when the tape ends: the next tape creates nothing", () => {
    for (let run = 0; run < 3; run++) {
      const before = { ...device().created };
      {
        using tape = new Tape(device());
        step(tape, 7);
      }
      if (run > 0) expect(device().created.buffers).toBe(before.buffers);
    }
  });

  it("is the same in every step, also for a shorter batch in between", async () => {
    using memory = device().scope();
    const once = (rows: number) => {
      using tape = new Tape(device(), memory);
      return step(tape, rows).tensor.buffer;
    };
    const first = once(64);
    const created = { ...device().created };
    for (const rows of [64, 3, 64, 1, 63, 64]) expect(once(rows)).toBe(first);
    expect(device().created).toEqual(created);
    expect(memory.bytes).toBe(3 * 64 * 5 * 4);
    await device().idle();
  });

  it("holds a step's results until the next step, as a read that was begun shows", async () => {
    using memory = device().scope();
    const reads = [2, 1, 3].map((value) => {
      using tape = new Tape(device(), memory);
      const y = reluForward(tape, numbers(tape, [1], value));
      return device().read(y);
    });
    expect((await Promise.all(reads)).map(({ data }) => data[0])).toEqual([2, 1, 3]);
  });

  it("belongs to one tape at a time", () => {
    using memory = new StepMemory(device());
    {
      using tape = new Tape(device(), memory);
      expect(() => new Tape(device(), memory)).toThrow(
        "[tape] this memory belongs to a tape that has not ended: end that one first, `using tape = new Tape(…)` does.",
      );
      // Another memory, and one of its own, may be used meanwhile.
      using inner = new Tape(device());
      expect(inner.tensor([3]).buffer).not.toBe(tape.tensor([3]).buffer);
    }
    using next = new Tape(device(), memory);
    expect(next.entries).toEqual([]);
  });

  it("is free again after a step that failed", () => {
    using memory = device().scope();
    expect(() => {
      using tape = new Tape(device(), memory);
      tape.apply(ops.reshape, [tape.variable(tape.tensor([2]))], { shape: [3] });
    }).toThrow("[reshape]");
    using tape = new Tape(device(), memory);
    expect(tape.entries).toEqual([]);
  });

  it("cannot be asked for anything after the end", () => {
    const tape = new Tape(device());
    tape[Symbol.dispose]();
    tape[Symbol.dispose]();
    expect(() => tape.tensor([1])).toThrow("[tape] the step is over: its memory may belong to the next one.");
  });
});

describe("the types of ops", () => {
  const device = openTestDevice();

  it("let an op of one's own in, and keep its options apart from those of others", async () => {
    const firstRows: Op<{ readonly rows: number }, readonly number[]> = {
      name: "firstRows",
      inputs: ["x"],
      forward: (_scope, [x], { rows }) => ({
        y: { ...x, shape: [rows, ...x.shape.slice(1)] },
        saved: x.shape,
      }),
      backward: (scope, dy, { saved: shape }) => {
        const dx = scope.tensor(shape);
        scope.device.clear(dx);
        scope.device.copy(dy, dx);
        return [dx];
      },
    };
    const half: LossOp = {
      name: "half",
      inputs: ["x"],
      isLoss: true,
      forward: (scope, [x]) => ({ y: sigmoidForward(scope, reshaped(x, [])), saved: undefined }),
      backward: (_scope, { inputs: [x] }) => [x],
    };
    using tape = new Tape(device());
    const x = tape.variable(numbers(tape, [2, 1], 5, 7), true);
    const y = tape.apply(firstRows, [x], { rows: 1 });
    // @ts-expect-error: dropout's options are others
    const typed = () => tape.apply(ops.dropout, [x], { rows: 1 });
    expect(typed).toBeTypeOf("function");
    const gradients = tape.backward(tape.apply(half, [y], undefined));
    expect(await valuesOf(device(), gradients.get(x))).toEqual([5, 0]);
  });
});
