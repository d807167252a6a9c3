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
 * passes and the predictions. Each run copies its input and its output, for a session takes and gives arrays.
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

  const model = onnxModel(
    { name: "x", shape: pictureShapeFirst(inputShape) },
    { name: value, shape: pictureShapeFirst(outputShape) },
    nodes,
    initializers,
  );
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  const pictures = picturesFirst(data.x, inputShape);
  const infer = async () => {
    const x = new ort.Tensor("float32", pictures, pictureShapeFirst(inputShape));
    const result = (await session.run({ x }))[value];
    return (await result.getData()) as Float32Array;
  };
  return {
    check: async () => ({ kind: "result", values: picturesLast(await infer(), outputShape) }),
    async run(times) {
      for (let i = 0; i < times; i++) await infer();
    },
  };
}
