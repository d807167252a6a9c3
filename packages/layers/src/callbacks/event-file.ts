/**
 * TensorBoard's event files: a TFRecord each event, in it a protocol buffer.
 *
 *     record   length (8 bytes) · masked CRC of it (4) · data · masked CRC of it (4), all little-endian
 *     Event    1: wall_time (double) · 2: step (varint) · 3: file_version (string) · 5: Summary
 *     Summary  1: Value { 1: tag (string) · 2: simple_value (float) }, as often as there are values
 *
 * Source: tensorflow/core/util/event.proto, framework/summary.proto, lib/io/record_writer.h and lib/hash/crc32c.h.
 */

/** The event that an event file begins with. @param wallTime seconds since 1970 */
export function versionEvent(wallTime: number): Uint8Array {
  return record([...double(1, wallTime), ...text(3, "brain.Event:2")]);
}

/** A value at a step. */
export function scalarEvent(wallTime: number, step: number, tag: string, value: number): Uint8Array {
  const summary = bytes(1, [...text(1, tag), ...float(2, value)]);
  return record([...double(1, wallTime), ...varint(2, step), ...bytes(5, summary)]);
}

function record(data: readonly number[]): Uint8Array {
  const out = new Uint8Array(16 + data.length);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(out.subarray(0, 8)), true);
  out.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(out.subarray(12, 12 + data.length)), true);
  return out;
}

/** The kinds of values in a protocol buffer, as they are numbered there. */
const VARINT = 0;
const EIGHT_BYTES = 1;
const COUNTED = 2;
const FOUR_BYTES = 5;

const key = (field: number, kind: number): number => (field << 3) | kind;

/** Seven bits a byte, the lowest first; all but the last have their eighth bit set. */
function digits(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low + 128, ...digits(Math.floor(value / 128))];
}

const varint = (field: number, value: number) => [key(field, VARINT), ...digits(value)];
const bytes = (field: number, data: readonly number[]) => [
  key(field, COUNTED),
  ...digits(data.length),
  ...data,
];
const text = (field: number, value: string) => bytes(field, [...new TextEncoder().encode(value)]);

function double(field: number, value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return [key(field, EIGHT_BYTES), ...new Uint8Array(view.buffer)];
}

function float(field: number, value: number): number[] {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return [key(field, FOUR_BYTES), ...new Uint8Array(view.buffer)];
}

/** Castagnoli's polynomial, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}

/** A CRC of what itself holds CRCs would be a poor one: so records' are turned and moved. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
