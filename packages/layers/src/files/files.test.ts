import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import { bytesSource } from "./byte-source.ts";
import { guarded } from "./hdf5-guard.ts";
import {
  formatInspection,
  inspectModelFile,
  modelFileBytes,
  readModelFile,
  type SavedModel,
  writeModelFile,
} from "./index.ts";
import { statisticsOf } from "./inspect.ts";
import { decodeNumbers, float16ToNumber } from "./numbers.ts";

const folder = mkdtempSync(join(tmpdir(), "convscope-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const array = (name: string, shape: number[], first = 0) => ({
  name,
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => first + i / 8),
});

const config = {
  class_name: "Sequential",
  config: {
    name: "sequential_1",
    layers: [
      { class_name: "Conv2D", config: { name: "größe", filters: 4 } },
      { class_name: "Flatten", config: { name: "flatten_1" } },
      {
        class_name: "Model",
        config: { name: "base", layers: [{ class_name: "Dense", config: { name: "inner", units: 3 } }] },
      },
    ],
  },
};

const model: SavedModel = {
  format: "h5",
  kerasVersion: "2.3.1",
  backend: "tensorflow",
  modelConfig: config,
  trainingConfig: { optimizer_config: { class_name: "RMSprop", config: { rho: 0.9 } }, loss: "mse" },
  layers: [
    { name: "größe", weights: [array("größe/kernel:0", [3, 3, 2, 4]), array("größe/bias:0", [4], -1)] },
    { name: "flatten_1", weights: [] },
    { name: "base", weights: [array("inner/kernel:0", [5, 3]), array("inner/bias:0", [3])] },
  ],
  optimizerWeights: [
    {
      name: "RMSprop/iterations:0",
      shape: [],
      data: Float32Array.of(1234567),
      dtype: "int64",
      count: 1234567,
    },
    array("training/RMSprop/accumulator_0:0", [3, 3, 2, 4], 7),
  ],
  extra: { trainable: { base: false } },
};

const bytesOf = async (format: "h5" | "weights-h5" | "safetensors", saved = model): Promise<Uint8Array> => {
  const [bytes] = (await modelFileBytes(format, saved)).values();
  return bytes;
};

/** Quicker than element by element. */
const expectSame = (got: Float32Array, wanted: Float32Array) => {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    Buffer.from(buffer, byteOffset, byteLength);
  expect(bytes(got).equals(bytes(wanted))).toBe(true);
};

describe("what is written is read again", () => {
  it("a whole model as Keras's HDF5, and as safetensors", async () => {
    for (const format of ["h5", "safetensors"] as const) {
      const { notes, ...read } = await readModelFile(await bytesOf(format));
      expect(read).toEqual({ ...model, format });
      expect(notes).toEqual([]);
    }
  });

  it("weights alone, as HDF5 with the layers in the root", async () => {
    const read = await readModelFile(await bytesOf("weights-h5"));
    expect(read.layers).toEqual(model.layers);
    expect(read.modelConfig).toBeUndefined();
    expect(read.format).toBe("weights-h5");
  });

  it("tfjs's model.json: a nested model's arrays come back to it", async () => {
    const files = await modelFileBytes("tfjs", model);
    expect([...files.keys()]).toEqual(["group1-shard1of1.bin", "model.json"]);
    const read = await readModelFile(files);
    expect(read.layers.map(({ name }) => name)).toEqual(["größe", "flatten_1", "base"]);
    expect(read.layers[2].weights[0]).toEqual({ ...model.layers[2].weights[0], name: "inner/kernel" });
    expect(read).toMatchObject({ modelConfig: config, extra: model.extra, kerasVersion: "2.3.1" });
  });

  it("shards of 4 MiB", async () => {
    const large = {
      ...model,
      layers: [{ name: "dense_1", weights: [array("dense_1/kernel:0", [1100, 1000])] }],
    };
    const files = await modelFileBytes("tfjs", large);
    expect([...files.values()].slice(0, 2).map(({ byteLength }) => byteLength)).toEqual([
      4 << 20,
      4_400_000 - (4 << 20),
    ]);
    // An array across two shards.
    expectSame((await readModelFile(files)).layers.at(-1)!.weights[0].data, large.layers[0].weights[0].data);
  });

  it("arrays of more than one piece, from a file and not held twice", async () => {
    const weights = [array("d/kernel:0", [3, 1_300_000]), array("d/other:0", [2, 3, 700_000], 1)];
    const path = join(folder, "large.h5");
    await writeModelFile(path, "weights-h5", { ...model, layers: [{ name: "d", weights }] });
    const read = await readModelFile(path);
    for (const [i, { data }] of weights.entries()) expectSame(read.layers[0].weights[i].data, data);
  });

  it("long lists of names in several attributes, and an architecture too long for one", async () => {
    const layers = Array.from({ length: 900 }, (_, i) => ({
      name: `layer_${i}_${"x".repeat(90)}`,
      weights: [],
    }));
    const long = { ...config, config: { ...config.config, note: "é".repeat(70_000) } };
    const bytes = await bytesOf("h5", { ...model, layers, modelConfig: long });
    const { tree } = await inspectModelFile(bytes);
    const weights = tree.children?.find(({ name }) => name === "model_weights");
    expect(Object.keys(weights?.attributes ?? {})).toEqual([
      "backend",
      "keras_version",
      "layer_names0",
      "layer_names1",
    ]);
    const read = await readModelFile(bytes);
    expect(read.layers).toEqual(layers);
    expect(read.modelConfig).toEqual(long);
  });

  it("names that Keras would make unique", async () => {
    const twice = [array("kernel", [2]), array("kernel", [3])];
    const read = await readModelFile(
      await bytesOf("h5", { ...model, layers: [{ name: "a", weights: twice }] }),
    );
    expect(read.layers[0].weights.map(({ name }) => name)).toEqual(["kernel", "kernel_1"]);
  });

  it("names with slashes, two of them in a row", async () => {
    const layers = [
      { name: "fire2/squeeze", weights: [array("net//conv2d_1/kernel:0", [2]), array("net/x:0", [1])] },
    ];
    expect((await readModelFile(await bytesOf("h5", { ...model, layers }))).layers).toEqual(layers);
  });

  it("a file that is there whole or not at all", async () => {
    const path = join(folder, "whole.h5");
    await writeModelFile(path, "h5", model);
    const before = readFileSync(path);
    const bad = [{ name: "a", weights: [array("b", [1]), array("b/c", [1])] }];
    await expect(writeModelFile(path, "h5", { ...model, layers: bad })).rejects.toThrow(
      "[hdf5] writing failed",
    );
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("says what a format has no place for", async () => {
    expect(await writeModelFile(join(folder, "w.h5"), "weights-h5", model)).toEqual([
      "the architecture",
      "the compile arguments",
      "the optimizer's state",
      "the project's own notes",
    ]);
    expect(await writeModelFile(join(folder, "model.json"), "tfjs", model)).toEqual([
      "the optimizer's state",
    ]);
    expect(await writeModelFile(join(folder, "m.safetensors"), "safetensors", model)).toEqual([]);
    const { modelConfig, ...bare } = model;
    await expect(bytesOf("h5", bare)).rejects.toThrow("a whole model needs an architecture");
  });
});

describe("files of Keras 3", () => {
  it("a .keras: names by the architecture, zip bombs refused", async () => {
    // Its HDF5 has the layout of a group tree, which the writer of weights makes as well.
    const weights = await bytesOf("weights-h5", {
      ...model,
      layers: [
        { name: "layers", weights: [] },
        ...["layers/conv2d/vars", "layers/functional/layers/dense/vars"].map((name) => ({
          name,
          weights: [array("0", name.includes("conv") ? [3, 3, 2, 4] : [5, 3]), array("1", [4])],
        })),
      ],
    });
    const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const architecture = structuredClone(config);
    architecture.config.layers[2].class_name = "Functional";
    const zip = zipSync(
      {
        "metadata.json": text({ keras_version: "3.4.1" }),
        "config.json": text(architecture),
        "model.weights.h5": weights,
      },
      { level: 6 },
    );
    const read = await readModelFile(zip);
    expect(read).toMatchObject({ format: "keras", kerasVersion: "3.4.1" });
    expect(read.layers.map(({ name, weights }) => [name, ...weights.map((weight) => weight.name)])).toEqual([
      ["größe", "größe/kernel", "größe/bias"],
      ["flatten_1"],
      ["base", "inner/kernel", "inner/bias"],
    ]);
    const bomb = zipSync({ "config.json": new Uint8Array(1000) }, { level: 0 });
    // The length in the directory at the end, of what is unpacked.
    new DataView(bomb.buffer).setUint32(bomb.byteLength - 22 - (46 + "config.json".length) + 24, 4e9, true);
    await expect(readModelFile(bomb)).rejects.toThrow(
      "config.json claims to be 4.0 GB, of 1.0 kB in the zip",
    );
    await expect(readModelFile(zip.subarray(0, 500))).rejects.toThrow("[zip] the file cannot be unpacked");
    await expect(readModelFile(zipSync({ "a.txt": new Uint8Array(3) }))).rejects.toThrow(
      "is a zip without metadata.json",
    );
  });
});

describe("what is no model's file", () => {
  it.each([
    ["", "the file is empty"],
    ["<!DOCTYPE html><p>404", "it is a web page"],
    ["version https://git-lfs.github.com/spec/v1\n", "it is a pointer of Git LFS"],
    ["\x1f\x8b\x08", "it is packed by gzip"],
    ["hello", 'it begins with "hello"'],
    ["{}", "JSON without modelTopology"],
    ["[1, 2]", "no model file"],
    ['{"class_name": "Sequential"}', "an architecture alone, without weights"],
    ["{", "is not JSON"],
  ])("%j", async (text, message) => {
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    await expect(readModelFile(bytes)).rejects.toThrow(message);
  });

  it("a path that leads nowhere, and a folder", async () => {
    await expect(readModelFile(join(folder, "none.h5"))).rejects.toThrow("none.h5: there is no such file.");
    await expect(readModelFile(folder)).rejects.toThrow("is a folder: give a file.");
  });
});

describe("hostile files", () => {
  it("HDF5 cut short, and another one after it", async () => {
    const bytes = await bytesOf("h5");
    await expect(readModelFile(bytes.subarray(0, bytes.byteLength / 2))).rejects.toThrow("it is cut off");
    expect((await readModelFile(bytes)).layers).toEqual(model.layers);
  });

  it("a thousand damaged ones do not wear the library out", async () => {
    const bytes = await bytesOf("h5");
    const cut = bytes.subarray(0, 600);
    for (let i = 0; i < 300; i++) await expect(readModelFile(cut)).rejects.toThrow("[hdf5]");
    expect((await readModelFile(bytes)).layers).toEqual(model.layers);
  });

  it("a global heap whose sizes lead nowhere is refused, where libhdf5 would never return", async () => {
    const long = { ...config, config: { ...config.config, note: "x".repeat(70_000) } };
    const bytes = (await bytesOf("h5", { ...model, modelConfig: long })).slice();
    const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf("GCOL");
    expect(at % 8).toBe(0);
    await expect(readModelFile(bytes)).resolves.toBeDefined();
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    // The text's size: with its header it is 0 in 32 bits.
    view.setBigUint64(at + 24, (1n << 32n) - 16n, true);
    await expect(readModelFile(bytes)).rejects.toThrow("a global heap is broken");
  });

  it("a reader that goes in circles is stopped", () => {
    const source = guarded(bytesSource(new Uint8Array(64), "circle"));
    const read = () => {
      for (let i = 0; i < 2e6; i++) source.read(new Uint8Array(8), 0);
    };
    expect(read).toThrow("in a circle");
  });

  it("safetensors: absurd headers, places outside the file, places twice", async () => {
    const withHeader = (header: unknown, length?: bigint) => {
      const text = new TextEncoder().encode(JSON.stringify(header));
      const bytes = new Uint8Array(8 + text.byteLength + 8);
      new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.byteLength), true);
      bytes.set(text, 8);
      return bytes;
    };
    const f32 = (shape: unknown, offsets: unknown) => ({ dtype: "F32", shape, data_offsets: offsets });
    const rejects = (header: unknown, message: string) =>
      expect(readModelFile(withHeader(header))).rejects.toThrow(message);
    await expect(readModelFile(withHeader({}, 1n << 60n))).rejects.toThrow("no model file");
    await rejects({ a: f32([4], [0, 16]) }, "after the file's");
    await rejects({ a: f32([1e15, 1e15], [0, 8]) }, "cannot lie at 0 to 8");
    await rejects({ a: f32([2], [0, 8]), b: f32([1], [4, 8]) }, "a and b lie on the same bytes");
    await rejects({ a: f32([-2], [0, 8]) }, "cannot lie at");
    await rejects({ a: { dtype: "F8_E4M3", shape: [8], data_offsets: [0, 8] } }, 'is of type "F8_E4M3"');
    await rejects({ a: 3 }, "a has no description");
  });

  it("model.json: shards outside its folder, missing, or of another length", async () => {
    const manifest = (paths: string[], shape = [2]) =>
      new TextEncoder().encode(
        JSON.stringify({
          weightsManifest: [{ paths, weights: [{ name: "a/kernel", shape, dtype: "float32" }] }],
        }),
      );
    for (const path of ["../secret", "/etc/passwd", "a/../../b", "http://x/y", "c:\\x"]) {
      await expect(readModelFile(manifest([path]))).rejects.toThrow("is outside the model's folder");
    }
    await expect(readModelFile(manifest(["s.bin"]))).rejects.toThrow("weights in s.bin, which was not given");
    const files = (bytes: number, shape?: number[]) =>
      new Map([
        ["model.json", manifest(["s.bin"], shape)],
        ["s.bin", new Uint8Array(bytes)],
      ]);
    await expect(readModelFile(files(4))).rejects.toThrow(
      "has 4 bytes (4 bytes), the manifest needs 8 bytes",
    );
    await expect(readModelFile(files(12))).rejects.toThrow("s.bin has 12 bytes, more than the 8");
    await expect(readModelFile(files(8, [1e9, 1e9]))).rejects.toThrow("impossible shape");
    await expect(readModelFile(files(8, [1e12]))).rejects.toThrow("the manifest needs 4000000000000 bytes");
    writeFileSync(join(folder, "lost.json"), manifest(["nowhere.bin"]));
    await expect(readModelFile(join(folder, "lost.json"))).rejects.toThrow(
      "nowhere.bin: there is no such file",
    );
  });
});

describe("numbers", () => {
  it("float16: all that it has", () => {
    expect([0x0000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00].map(float16ToNumber)).toEqual([
      0,
      1,
      -2,
      65504,
      2 ** -24,
      2 ** -14,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(float16ToNumber(0x7e00)).toBeNaN();
    expect(Object.is(float16ToNumber(0x8000), -0)).toBe(true);
  });

  it("wider ones are rounded, and counted", () => {
    const decode = (values: Float64Array | BigInt64Array, type: "float64" | "int64") => {
      const target = new Float32Array(values.length);
      return [decodeNumbers(new Uint8Array(values.buffer), type, target, 0), [...target]];
    };
    expect(decode(Float64Array.of(0.5, 0.1, Number.NaN, 1e300), "float64")).toEqual([
      2,
      [0.5, Math.fround(0.1), Number.NaN, Number.POSITIVE_INFINITY],
    ]);
    expect(decode(BigInt64Array.of(3n, (1n << 24n) + 1n), "int64")).toEqual([1, [3, 2 ** 24]]);
  });

  it("quantized weights of tfjs", async () => {
    const weights = [
      { name: "a/u8", shape: [3], dtype: "float32", quantization: { dtype: "uint8", scale: 0.5, min: -1 } },
      { name: "a/u16", shape: [1], dtype: "float32", quantization: { dtype: "uint16", scale: 0.25, min: 2 } },
      { name: "a/f16", shape: [2], dtype: "float32", quantization: { dtype: "float16" } },
    ];
    const json = JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: ["s"], weights }] });
    const read = await readModelFile(
      new Map([
        ["model.json", new TextEncoder().encode(json)],
        ["s", Uint8Array.of(0, 2, 255, 0x00, 0x01, 0x00, 0x3c, 0x00, 0xc0)],
      ]),
    );
    expect(read.layers[0].weights.map(({ data }) => [...data])).toEqual([[-1, 0, 126.5], [66], [1, -2]]);
    expect(read.notes).toContain("a/u8: was stored as uint8, and has lost what that cannot hold.");
  });

  it("statistics, of the values that are numbers", () => {
    expect(statisticsOf(Float32Array.of(1, Number.NaN, 3))).toEqual({
      min: 1,
      max: 3,
      mean: 2,
      std: 1,
      nan: 1,
    });
    expect(statisticsOf(new Float32Array(0)).mean).toBeNaN();
  });
});

describe("inspect", () => {
  it("the text, in 80 columns", async () => {
    const path = join(folder, "inspect.h5");
    await writeModelFile(path, "h5", {
      ...model,
      layers: model.layers.slice(0, 2),
      trainingConfig: undefined,
    });
    const text = formatInspection(await inspectModelFile(path))
      .replace(path, "inspect.h5")
      .trimEnd();
    expect(text).toBe(
      `
inspect.h5
Keras HDF5, Keras 2.3.1, backend tensorflow, 8.6 kB
Sequential sequential_1, 4 layers
  größe (Conv2D), flatten_1 (Flatten), base (Model), base/inner (Dense)
weights of 1 layer: 2 arrays, 76 numbers

/
  @backend tensorflow
  @convscope {"trainable":{"base":false}}
  @keras_version 2.3.1
  @model_config {"class_name":"Sequential","config":{"name":"sequential_1","lay…
  model_weights/
    @backend tensorflow
    @keras_version 2.3.1
    @layer_names [2] größe, flatten_1
    größe/
      @weight_names [2] größe/kernel:0, größe/bias:0
      größe/
        bias:0  (4,) float32
          min -1  max -0.625  mean -0.8125  std 0.1398
        kernel:0  (3, 3, 2, 4) float32
          min 0  max 8.875  mean 4.438  std 2.598
    flatten_1/
      @weight_names [0]
`.trim(),
    );
  });

  it("keeps a file's control characters from the terminal", async () => {
    const evil = { ...model, layers: [{ name: "\x1b[31mred\n", weights: [array("\x1b]0;x\x07", [1])] }] };
    const text = formatInspection(await inspectModelFile(await bytesOf("h5", evil)));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});
