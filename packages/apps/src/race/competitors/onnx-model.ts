/**
 * ONNX models as bytes: the few messages of onnx.proto that a chain of layers needs, in protobuf's encoding. A field is
 * its number and kind, then a varint, 4 bytes, or a length and so many bytes.
 */

const VARINT = 0;
const BYTES = 2;

const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.of(...bytes, rest);
};

const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const key = (field: number, kind: number) => varint(field * 8 + kind);
const integer = (field: number, value: number) => concat([key(field, VARINT), varint(value)]);
const bytes = (field: number, value: Uint8Array) => concat([key(field, BYTES), varint(value.length), value]);
const text = (field: number, value: string) => bytes(field, new TextEncoder().encode(value));
const message = (field: number, parts: readonly Uint8Array[]) => bytes(field, concat(parts));

/** A node of the graph. Attributes are whole numbers, lists of them, or words. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string>>;
}
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

const FLOAT32 = 1;
const INT64 = 7;
const IR_VERSION = 8;
const OPERATOR_SET = 13;

function attribute(name: string, value: number | readonly number[] | string): Uint8Array {
  const INT = 2;
  const STRING = 3;
  const INTS = 7;
  const typed =
    typeof value === "number"
      ? [integer(3, value), integer(20, INT)]
      : typeof value === "string"
        ? [text(4, value), integer(20, STRING)]
        : [...value.map((item) => integer(8, item)), integer(20, INTS)];
  return message(5, [text(1, name), ...typed]);
}

const node = ({ op, inputs, output, attributes = {} }: OnnxNode) =>
  message(1, [
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  ]);

const initializer = ({ name, shape, values }: OnnxTensor) =>
  message(5, [
    ...shape.map((extent) => integer(1, extent)),
    integer(2, values instanceof Float32Array ? FLOAT32 : INT64),
    text(8, name),
    bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ]);

const valueInfo = (field: number, name: string, shape: readonly number[]) => {
  const dimensions = shape.map((extent) => message(1, [integer(1, extent)]));
  const tensorType = message(1, [integer(1, FLOAT32), message(2, dimensions)]);
  return message(field, [text(1, name), message(2, [tensorType])]);
};

/** A model with one output, and an input or none. */
export function onnxModel(
  input: { readonly name: string; readonly shape: readonly number[] } | undefined,
  output: { readonly name: string; readonly shape: readonly number[] },
  nodes: readonly OnnxNode[],
  initializers: readonly OnnxTensor[],
): Uint8Array {
  const graph = [
    ...nodes.map(node),
    text(2, "race"),
    ...initializers.map(initializer),
    ...(input ? [valueInfo(11, input.name, input.shape)] : []),
    valueInfo(12, output.name, output.shape),
  ];
  return concat([
    integer(1, IR_VERSION),
    message(7, graph),
    message(8, [text(1, ""), integer(2, OPERATOR_SET)]),
  ]);
}
