import { beforeEach, describe, expect, it } from "vitest";
import { Conv2D } from "../layers/conv2d.ts";
import { Flatten } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { InputLayer, input } from "../layers/input.ts";
import { MaxPooling2D } from "../layers/pooling.ts";
import { resetUids } from "../names.ts";
import type { SymbolicTensor } from "../symbolic.ts";
import { Sum } from "../testing/index.ts";
import { Model } from "./model.ts";
import type { Network } from "./network.ts";
import { Sequential } from "./sequential.ts";

beforeEach(resetUids);

const dense = (name: string, units = 2) => new Dense({ name, units });
const namesOf = (model: Network) => model.layers.map(({ name }) => name);
function summaryOf(model: Network): string {
  const lines: string[] = [];
  model.summary({ printFn: (line) => lines.push(line) });
  return `${lines.join("\n")}\n`;
}

/** The first residual block of Keras's ResNet50, without its normalizations. */
function residualBlock() {
  const conv = (name: string, filters: number, x: SymbolicTensor) =>
    new Conv2D({ name, filters, kernelSize: 1 }).apply(x);
  const x = input({ shape: [8, 8, 3] });
  const pooled = new MaxPooling2D().apply(x);
  const left = conv("branch2c", 4, conv("branch2b", 2, conv("branch2a", 2, pooled)));
  const right = conv("branch1", 4, pooled);
  return new Model({ inputs: x, outputs: new Sum().apply([left, right]) });
}

describe("the layers of a model", () => {
  it("are ordered by their depth as in Keras, those of one depth as a walk from the outputs finds them", () => {
    expect(namesOf(residualBlock())).toEqual([
      "input_1",
      "max_pooling2d_1",
      "branch2a",
      "branch2b",
      "branch2c",
      "branch1",
      "add_1",
    ]);
  });

  it("lie as deep as the deepest of their calls, and are listed once", () => {
    const [a, b] = [input({ shape: [2], name: "a" }), input({ shape: [2], name: "b" })];
    const shared = dense("shared");
    const twice = shared.apply(dense("between").apply(shared.apply(a)));
    const model = new Model({ inputs: [a, b], outputs: new Sum().apply([shared.apply(b), twice]) });
    expect(namesOf(model)).toEqual(["b", "a", "shared", "between", "add_1"]);
    expect(model.countParams()).toBe(6 + 6);
    expect(model.weights).toHaveLength(4);
  });

  it("are found by name and place, and give models of a part", () => {
    const model = residualBlock();
    expect(model.getLayer("branch1")).toBe(model.layers[5]);
    expect(model.getLayer(1).name).toBe("max_pooling2d_1");
    const part = new Model({ inputs: model.inputs, outputs: model.getLayer("branch2a").output });
    expect(namesOf(part)).toEqual(["input_1", "max_pooling2d_1", "branch2a"]);
    expect(part.outputShape).toEqual([4, 4, 2]);
    expect(() => model.getLayer("branch3")).toThrow(
      "No such layer: branch3. Layers of model_1: input_1, max_pooling2d_1, branch2a",
    );
    expect(() => model.getLayer(7)).toThrow(
      "Was asked to retrieve layer at index 7 but model only has 7 layers.",
    );
  });

  it("of a Sequential can be parts of other models too", () => {
    const row = new Sequential([new Dense({ name: "first", units: 3, inputShape: [2] }), dense("last")]);
    const part = new Model({ inputs: row.inputs, outputs: row.getLayer("first").output });
    expect(namesOf(part)).toEqual(["first_input", "first"]);
    expect(part.weights).toEqual(row.layers[0].weights);
  });
});

describe("a model", () => {
  it("is a layer of others, to any depth, and counts each weight once", () => {
    const inner = new Sequential([new Dense({ units: 3, inputShape: [2] })], { name: "inner" });
    const x = input({ shape: [2] });
    const middle = new Model({ inputs: x, outputs: dense("d", 2).apply(inner.apply(x)), name: "middle" });
    const outer = new Sequential([middle, new Dense({ units: 1 })], { name: "outer" });
    expect([outer.inputShape, outer.outputShape]).toEqual([[2], [1]]);
    expect(outer.weights.map(({ name }) => name)).toEqual([
      "dense_1/kernel:0",
      "dense_1/bias:0",
      "d/kernel:0",
      "d/bias:0",
      "dense_2/kernel:0",
      "dense_2/bias:0",
    ]);
    expect(outer.countParams()).toBe(9 + 8 + 3);
    expect(outer.inputNames).toEqual(["middle_input"]);
    const both = new Model({ inputs: x, outputs: new Sum().apply([inner.apply(x), inner.apply(x)]) });
    expect(both.countParams()).toBe(9);
  });

  it("without a shape of its own takes that of what is before it", () => {
    const head = new Sequential([new Flatten(), new Dense({ units: 1 })]);
    const model = new Sequential([new MaxPooling2D({ inputShape: [4, 4, 3] }), head]);
    expect(model.outputShape).toEqual([1]);
    expect(head.inputShape).toEqual([2, 2, 3]);
  });

  it("may be called with pictures of another size, where its weights allow it", () => {
    const conv = new Conv2D({ name: "conv", filters: 2, kernelSize: 3 });
    const small = conv.apply(input({ shape: [5, 5, 1] }));
    const large = conv.apply(input({ shape: [9, 9, 1] }));
    expect([small.shape, large.shape]).toEqual([
      [3, 3, 2],
      [7, 7, 2],
    ]);
    expect(() => conv.apply(input({ shape: [5, 5, 3] }))).toThrow(
      "[conv] was built for inputs of shape (5, 5, 1), now gets (5, 5, 3).",
    );
    expect(() => conv.outputShape).toThrow('The layer "conv" has multiple inbound nodes with different');
    const base = new Sequential([new Conv2D({ filters: 2, kernelSize: 3, inputShape: [null, null, 1] })]);
    expect(base.apply(input({ shape: [6, 6, 1] })).shape).toEqual([4, 4, 2]);
    const flat = new Sequential([new Flatten({ inputShape: [2, 2] }), dense("flat")]);
    expect(() => flat.apply(input({ shape: [3, 2] }))).toThrow(
      "[flat] was built for inputs of shape (4,), now gets (6,).",
    );
  });

  describe("refuses", () => {
    const x = input({ shape: [2], name: "x" });
    const y = dense("y").apply(x);
    it.each<[string, () => unknown, string]>([
      [
        "no input tensor",
        () => new Model({ inputs: { shape: [2] } as never, outputs: y }),
        "Input tensors to a Model must come from `input({ shape })`. Received: Object (missing previous layer metadata).",
      ],
      [
        "no output tensor",
        () => new Model({ inputs: x, outputs: dense("z") as never }),
        "Output tensors to a Model must be the output of a layer (thus holding past layer metadata). Found: Dense",
      ],
      [
        "an input twice",
        () => new Model({ inputs: [x, x], outputs: y }),
        "The list of inputs passed to the model is redundant. All inputs should only appear once.",
      ],
      [
        "an input that leads nowhere",
        () => new Model({ inputs: [x, input({ shape: [1], name: "other" })], outputs: y }),
        "[Model] the input other[0][0] leads to no output: leave it out.",
      ],
      [
        "a layer's result as input",
        () => new Model({ inputs: y, outputs: dense("z").apply(y) }),
        "[Model] the input y[0][0] is the result of a layer: a model's inputs come from input({ shape: … }).",
      ],
      [
        "an output that needs another input",
        () => {
          const other = input({ shape: [2], name: "other" });
          return new Model({ inputs: x, outputs: new Sum().apply([y, dense("z").apply(other)]) });
        },
        'Graph disconnected: cannot obtain value for tensor other[0][0] at layer "other". ' +
          "The following previous layers were accessed without issue: [x, y]",
      ],
      [
        "two layers of one name",
        () => new Model({ inputs: x, outputs: dense("y").apply(y) }),
        'The name "y" is used 2 times in the model. All layer names should be unique.',
      ],
      [
        "to be called on arrays",
        () => dense("z").apply({ shape: [1, 2], data: new Float32Array(2) } as never),
        "Layer z was called with an input that isn't a symbolic tensor. Received type: Object. " +
          "All inputs to the layer should be tensors: input({ shape: … }) makes one, and predict takes arrays.",
      ],
      [
        "two tensors for a layer of one",
        () => dense("z").apply([x, y]),
        "Layer z expects 1 inputs, but it received 2 input tensors.",
      ],
      [
        "one tensor for a layer of several",
        () => new Sum().apply(x),
        "A merge layer should be called on a list of at least 2 inputs. Got 1 inputs.",
      ],
      [
        "an input without a shape",
        () => input({}),
        "Please provide to input either a `shape` or a `batchShape` argument.",
      ],
    ])("%s", (_, make, message) => {
      expect(make).toThrow(new Error(message));
    });
  });

  it("may be a chain of any length", () => {
    const x = input({ shape: [1] });
    let y = x;
    for (let i = 0; i < 12_000; i++) y = new Flatten({ name: `f${i}` }).apply(y);
    expect(new Model({ inputs: x, outputs: y }).layers).toHaveLength(12_001);
  });
});

describe("summary", () => {
  it("shows a graph with branches in Keras's wide table", () => {
    expect(summaryOf(residualBlock())).toBe(`Model: "model_1"
__________________________________________________________________________________________________
Layer (type)                    Output Shape         Param #     Connected to                     
==================================================================================================
input_1 (InputLayer)            (None, 8, 8, 3)      0                                            
__________________________________________________________________________________________________
max_pooling2d_1 (MaxPooling2D)  (None, 4, 4, 3)      0           input_1[0][0]                    
__________________________________________________________________________________________________
branch2a (Conv2D)               (None, 4, 4, 2)      8           max_pooling2d_1[0][0]            
__________________________________________________________________________________________________
branch2b (Conv2D)               (None, 4, 4, 2)      6           branch2a[0][0]                   
__________________________________________________________________________________________________
branch2c (Conv2D)               (None, 4, 4, 4)      12          branch2b[0][0]                   
__________________________________________________________________________________________________
branch1 (Conv2D)                (None, 4, 4, 4)      16          max_pooling2d_1[0][0]            
__________________________________________________________________________________________________
add_1 (Add)                     (None, 4, 4, 4)      0           branch2c[0][0]                   
                                                                 branch1[0][0]                    
==================================================================================================
Total params: 42
Trainable params: 42
Non-trainable params: 0
__________________________________________________________________________________________________
`);
  });

  it("shows a chain in the narrow table, with its InputLayer, and models as one row each", () => {
    const x = input({ shape: [4] });
    const base = new Model({ inputs: x, outputs: new Dense({ units: 3 }).apply(x), name: "base" });
    const model = new Sequential([base, new Dense({ units: 1 })]);
    base.trainable = false;
    expect(summaryOf(base).split("\n")[4]).toBe(
      "input_1 (InputLayer)         (None, 4)                 0         ",
    );
    expect(summaryOf(model)).toBe(`Model: "sequential_1"
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
base (Model)                 (None, 3)                 15        
_________________________________________________________________
dense_2 (Dense)              (None, 1)                 4         
=================================================================
Total params: 19
Trainable params: 4
Non-trainable params: 15
_________________________________________________________________
`);
  });

  it("numbers the calls of a model from 1, as Keras, which counts the model itself", () => {
    const encoder = new Sequential([new Dense({ units: 3, inputShape: [2] })]);
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    const model = new Model({
      inputs: [a, b],
      outputs: new Sum().apply([encoder.apply(a), encoder.apply(b)]),
    });
    const rows = summaryOf(model)
      .split("\n")
      .filter((line) => line.includes("["))
      .map((line) => line.slice(65).trim());
    expect(rows).toEqual(["input_1[0][0]", "input_2[0][0]", "sequential_1[1][0]", "sequential_1[2][0]"]);
  });

  it("says where the calls of a layer differ, and what a model of several outputs gives", () => {
    const pool = new MaxPooling2D({ name: "pool" });
    const [a, b] = [input({ shape: [8, 8, 1] }), input({ shape: [4, 4, 1] })];
    const two = new Model({ inputs: [a, b], outputs: [pool.apply(a), pool.apply(b)], name: "two" });
    expect(summaryOf(two)).toContain(
      "\npool (MaxPooling2D)             multiple             0           input_1[0][0]",
    );
    const outputs = two.applyAll([input({ shape: [8, 8, 1] }), input({ shape: [4, 4, 1] })]);
    const outer = new Model({ inputs: outputs[0].node.inputs, outputs });
    expect(summaryOf(outer)).toContain("\ntwo (Model)                     [(None, 4, 4, 1), (N 0 ");
    expect(() => two.apply(outputs[0].node.inputs)).toThrow(
      "[two] gives 2 tensors: take them all, by applyAll.",
    );
    expect(outer.outputNames).toEqual(["two", "two_1"]);
  });
});

it("an InputLayer may begin a Sequential, which does not list it", () => {
  const model = new Sequential([new InputLayer({ inputShape: [2], name: "in" }), dense("d", 1)]);
  expect([namesOf(model), model.inputNames, model.inputShape]).toEqual([["d"], ["in"], [2]]);
  model.pop();
  expect(model.outputShape).toEqual([2]);
});
