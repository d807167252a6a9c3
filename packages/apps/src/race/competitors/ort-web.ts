import { cpus } from "node:os";
import { packageVersion } from "../../report/versions.ts";
import { Cannot, type Competitor, type Prepared } from "../competitor.ts";
import type { RaceData } from "../data.ts";
import {
  filterFirst,
  filterShapeFirst,
  pictureShapeFirst,
  picturesFirst,
  picturesLast,
  rowsFirst,
} from "../layout.ts";
import { type LayerSpec, type PassWorkload, type PredictWorkload, shapesOf } from "../workloads.ts";
import { type OnnxNode, type OnnxTensor, onnxModel } from "./onnx-model.ts";

type Ort = typeof import("onnxruntime-web");

/**
 * ONNX Runtime Web on wasm, with SIMD and as many threads as there are cores, two at the most. It infers: the forward
 * passes and the predictions.
 */
export async function openOrtWeb(): Promise<Competitor> {
  const ort: Ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = Math.min(2, cpus().length);
  ort.env.logLevel = "error";
  return {
    versions: { "onnxruntime-web": packageVersion("onnxruntime-web") },
    async prepare(workload, data) {
      if (workload.kind === "augment") throw new Cannot("onnxruntime-web has no such pipeline");
      if (workload.kind === "train" || (workload.kind === "pass" && workload.pass !== "forward")) {
        throw new Cannot("onnxruntime-web computes no gradients");
      }
      return prepareForward(ort, workload, data);
    },
  };
}

/** The layers of a workload: its model's; or the one whose pass it is. */
function layersOf(workload: PredictWorkload | PassWorkload): readonly LayerSpec[] {
  if (workload.kind === "predict") return workload.model.layers;
  const { op, filterShape, padding } = workload;
  if (op === "conv2d") return [{ kind: "conv2d", filters: filterShape[3], padding }];
  if (op === "dense") return [{ kind: "dense", units: filterShape[1], activation: "relu" }];
  return [{ kind: "maxPool2d" }];
}

async function prepareForward(
  ort: Ort,
  workload: PredictWorkload | PassWorkload,
  data: RaceData,
): Promise<Prepared> {
  const { batch } = workload;
  const layers = layersOf(workload);
  const sample = workload.kind === "predict" ? workload.model.inputShape : workload.inputShape.slice(1);
  const shaped = shapesOf({ inputShape: sample, layers, frozenLayers: 0 });
  const inputShape = [batch, ...sample];
  const outputShape = [batch, ...(shaped.at(-1)?.outputShape ?? [])];

  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  let value = "x";
  const add = (op: string, inputs: readonly string[] = [], attributes: OnnxNode["attributes"] = {}) => {
    const output = `value${nodes.length}`;
    nodes.push({ op, inputs: [value, ...inputs], output, attributes });
    value = output;
  };
  const addWeight = (shape: readonly number[], values: Float32Array) => {
    const name = `weight${initializers.length}`;
    initializers.push({ name, shape, values });
    return name;
  };
  let used = 0;
  shaped.forEach(({ layer, filterShape }, i) => {
    const weights = filterShape.length > 0 ? [data.weights[used++], data.weights[used++]] : [];
    const bias = () => addWeight(filterShape.slice(-1), weights[1]);
    if (layer.kind === "conv2d") {
      const filter = addWeight(filterShapeFirst(filterShape), filterFirst(weights[0], filterShape));
      const pads = layer.padding === "same" ? [1, 1, 1, 1] : [0, 0, 0, 0];
      add("Conv", [filter, bias()], { kernel_shape: [3, 3], pads });
      add("Relu");
    } else if (layer.kind === "maxPool2d") {
      add("MaxPool", [], { kernel_shape: [2, 2], strides: [2, 2] });
    } else if (layer.kind === "flatten") {
      add("Flatten", [], { axis: 1 });
    } else if (layer.kind === "dense") {
      const before = shaped[i - 1];
      const values =
        before?.layer.kind === "flatten"
          ? rowsFirst(weights[0], [...before.inputShape, filterShape[1]])
          : weights[0];
      add("Gemm", [addWeight(filterShape, values), bias()]);
      add(layer.activation === "relu" ? "Relu" : "Sigmoid");
    }
  });

  const shapeFirst = pictureShapeFirst(inputShape);
  const pictures = picturesFirst(data.x, inputShape);
  const back = (values: Float32Array) => picturesLast(values, outputShape);
  if (workload.kind === "pass") {
    const x: OnnxTensor = { name: "x", shape: shapeFirst, values: pictures };
    return prepareResident(ort, nodes, [x, ...initializers], value, pictureShapeFirst(outputShape), back);
  }
  const output = { name: value, shape: pictureShapeFirst(outputShape) };
  const model = onnxModel({ name: "x", shape: shapeFirst }, output, nodes, initializers);
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  const infer = async () => {
    const x = new ort.Tensor("float32", pictures, shapeFirst);
    return (await (await session.run({ x }))[value].getData()) as Float32Array;
  };
  return {
    check: async () => ({ kind: "result", values: back(await infer()) }),
    async run() {
      await infer();
    },
  };
}

/**
 * A pass on data that is in wasm's memory already: a session would copy its inputs and outputs, so x is a constant of the
 * model, and of the result one value leaves it. Constant folding is off, or nothing would be left to compute.
 */
async function prepareResident(
  ort: Ort,
  nodes: readonly OnnxNode[],
  constants: readonly OnnxTensor[],
  result: string,
  resultShape: readonly number[],
  back: (values: Float32Array) => Float32Array,
): Promise<Prepared> {
  const open = (
    output: { readonly name: string; readonly shape: readonly number[] },
    moreNodes: readonly OnnxNode[] = [],
    moreConstants: readonly OnnxTensor[] = [],
  ) => {
    const all = [...constants, ...moreConstants];
    return ort.InferenceSession.create(onnxModel(undefined, output, [...nodes, ...moreNodes], all), {
      executionProviders: ["wasm"],
      extra: { optimization: { disable_specified_optimizers: "ConstantFolding" } },
    });
  };
  const corner = (name: string, at: bigint): OnnxTensor => ({
    name,
    shape: [resultShape.length],
    values: new BigInt64Array(resultShape.length).fill(at),
  });
  const timed = await open(
    { name: "one", shape: resultShape.map(() => 1) },
    [{ op: "Slice", inputs: [result, "from", "to"], output: "one" }],
    [corner("from", 0n), corner("to", 1n)],
  );
  return {
    async check() {
      const whole = await open({ name: result, shape: resultShape });
      const values = (await (await whole.run({}))[result].getData()) as Float32Array;
      await whole.release();
      return { kind: "result", values: back(values) };
    },
    async run(times) {
      for (let i = 0; i < times; i++) await timed.run({});
    },
  };
}
