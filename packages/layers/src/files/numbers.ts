/** Numbers of files as float32, the one type that is computed with. */

const bytesPer = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
} as const;

export type NumberType = keyof typeof bytesPer;

export const isNumberType = (name: string): name is NumberType => Object.hasOwn(bytesPer, name);
export const bytesOf = (type: NumberType): number => bytesPer[type];

/**
 * Converts little-endian numbers to float32, into `target` from `offset` on. float16, bfloat16 and integers of up to 16 bits
 * are exact; wider ones round to the nearest, ties to even.
 * @returns how many values are not the ones of the file
 */
export function decodeNumbers(
  bytes: Uint8Array,
  type: NumberType,
  target: Float32Array,
  offset: number,
): number {
  const count = bytes.byteLength / bytesPer[type];
  if (type === "float32") {
    // Bytes, so that signalling NaNs stay what they are.
    new Uint8Array(target.buffer, target.byteOffset + 4 * offset, bytes.byteLength).set(bytes);
    return 0;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readers[type];
  let rounded = 0;
  for (let i = 0; i < count; i++) {
    const value = read(view, i);
    target[offset + i] = Number(value);
    const kept = target[offset + i];
    const isKept = typeof value === "bigint" ? BigInt(kept) === value : kept === value || Number.isNaN(value);
    if (!isKept) rounded++;
  }
  return rounded;
}

const readers: Readonly<
  Record<Exclude<NumberType, "float32">, (view: DataView, i: number) => number | bigint>
> = {
  float64: (view, i) => view.getFloat64(8 * i, true),
  float16: (view, i) => float16ToNumber(view.getUint16(2 * i, true)),
  bfloat16: (view, i) => bfloat16ToNumber(view.getUint16(2 * i, true)),
  int8: (view, i) => view.getInt8(i),
  int16: (view, i) => view.getInt16(2 * i, true),
  int32: (view, i) => view.getInt32(4 * i, true),
  int64: (view, i) => view.getBigInt64(8 * i, true),
  uint8: (view, i) => view.getUint8(i),
  uint16: (view, i) => view.getUint16(2 * i, true),
  uint32: (view, i) => view.getUint32(4 * i, true),
  uint64: (view, i) => view.getBigUint64(8 * i, true),
  bool: (view, i) => (view.getUint8(i) === 0 ? 0 : 1),
};

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function bfloat16ToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** The product of a shape's extents; undefined where it is no whole number that counts elements. */
export function elementsOf(shape: readonly number[]): number | undefined {
  let product = 1;
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) return undefined;
    product *= extent;
  }
  return Number.isSafeInteger(product) ? product : undefined;
}

export const countNaN = (data: Float32Array): number => {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) count++;
  return count;
};

/** `1.5 MB`, in powers of 1000 and with two digits or more. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];

/** The one int64 in these bytes. @returns undefined for other types, and where it is beyond 2⁵³ */
export function countIn(bytes: Uint8Array, type: NumberType): number | undefined {
  if (type !== "int64" || bytes.byteLength !== 8) return undefined;
  const count = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true));
  return Number.isSafeInteger(count) ? count : undefined;
}

/** Counters, such as an optimizer's iterations. */
export const toInt64 = ({ data, count }: { data: Float32Array; count?: number }): BigInt64Array =>
  count === undefined
    ? BigInt64Array.from(data, (value) => BigInt(Math.round(value)))
    : BigInt64Array.of(BigInt(count));
