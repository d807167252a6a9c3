import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasShared, sharedPath } from "@convscope/data/testing";
import {
  type Device,
  mixedVariantNames,
  type NdArray,
  type VariantName,
  variantNames,
} from "@convscope/kernels";
import { openTestDevice } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";

/** How far a result may be off; see `expectWithin`. */
export interface VectorTolerance {
  readonly atol: number;
  readonly rtol: number;
  readonly outliers?: { readonly fraction: number; readonly atol: number };
  readonly meanAbs?: number;
}

/** An array of a vector; numbers of every type are decoded to float32. */
export interface VectorArray extends NdArray {
  readonly dtype: string;
}

/** Numbers from outside the project: what an operation must give for some inputs. */
export interface Vector {
  readonly id: string;
  readonly op: string;
  /** `NCHW` or `NHWC` where it matters. */
  readonly layout: string | undefined;
  // Every op has its own.
  // biome-ignore lint/suspicious/noExplicitAny: what is read of it is checked by the test that reads it
  readonly attrs: Readonly<Record<string, any>>;
  readonly tags: readonly string[];
  readonly inputs: Readonly<Record<string, VectorArray>>;
  readonly expected: Readonly<Record<string, VectorArray>>;
  readonly tol: VectorTolerance;
}

const folder = sharedPath("vectors");
const hasVectors = hasShared("vectors");

interface EncodedArray {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data?: readonly (number | string)[];
  readonly bin?: string;
  readonly offset?: number;
}

interface EncodedFile {
  readonly count: number;
  readonly vectors: readonly (Omit<Vector, "attrs" | "tags" | "inputs" | "expected"> & {
    readonly attrs?: Vector["attrs"];
    readonly tags?: Vector["tags"];
    readonly inputs?: Readonly<Record<string, EncodedArray>>;
    readonly expected?: Readonly<Record<string, EncodedArray>>;
  })[];
}

/** The vectors of a file, such as `tfjs/ops`; none where the folder is absent. */
export function loadVectors(suite: string): Vector[] {
  if (!hasVectors) return [];
  const file = join(folder, `${suite}.json`);
  const { vectors, count }: EncodedFile = JSON.parse(readFileSync(file, "utf8"));
  if (vectors.length !== count)
    throw new Error(`[vectors] ${file} has ${vectors.length} vectors, not ${count}.`);
  const bins = new Map<string, Buffer>();
  const decode = (arrays: Readonly<Record<string, EncodedArray>> = {}) =>
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, decodeArray(file, array, bins)]));
  return vectors.map(({ attrs = {}, tags = [], inputs, expected, ...rest }) => {
    return { ...rest, attrs, tags, inputs: decode(inputs), expected: decode(expected) };
  });
}

function decodeArray(file: string, encoded: EncodedArray, bins: Map<string, Buffer>): VectorArray {
  const { shape, dtype, data, bin, offset = 0 } = encoded;
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (data) {
    if (data.length !== size) throw new Error(`[vectors] ${file}: [${shape}] with ${data.length} values.`);
    // "Infinity", "-Infinity" and "NaN" are strings.
    return { shape, dtype, data: Float32Array.from(data, Number) };
  }
  if (!bin || (dtype !== "float32" && dtype !== "int32")) {
    throw new Error(`[vectors] ${file}: cannot read an array of ${dtype} from ${bin}.`);
  }
  const path = join(dirname(file), bin);
  const bytes = bins.get(path) ?? readFileSync(path);
  bins.set(path, bytes);
  const read = (i: number) =>
    dtype === "float32" ? bytes.readFloatLE(offset + 4 * i) : bytes.readInt32LE(offset + 4 * i);
  return { shape, dtype, data: Float32Array.from({ length: size }, (_, i) => read(i)) };
}

/**
 * Fails where the shapes differ, or a value is off by more than atol + rtol·|expected|. Of `outliers`, a share
 * `fraction` of the values may be off by up to `outliers.atol`. `meanAbs` bounds the mean error.
 */
export function expectWithin(got: NdArray, expected: NdArray, tol: VectorTolerance, name = "y"): void {
  expect([...got.shape], `shape of ${name}`).toEqual([...expected.shape]);
  expect(got.data.length, `values of ${name}`).toBe(expected.data.length);
  const { atol, rtol, outliers = { fraction: 0, atol }, meanAbs } = tol;
  const off: string[] = [];
  let sum = 0;
  expected.data.forEach((wanted, i) => {
    const value = got.data[i];
    if (Object.is(value, wanted) || value === wanted) return;
    const error = Math.abs(value - wanted);
    sum += error;
    const text = `${name}[${i}] is ${value}, wanted ${wanted}`;
    // Written so that NaN fails.
    if (error <= atol + rtol * Math.abs(wanted)) return;
    if (error <= outliers.atol + rtol * Math.abs(wanted)) off.push(text);
    else expect.fail(text);
  });
  if (off.length > outliers.fraction * expected.data.length) {
    expect.fail(
      `${off.length} of ${expected.data.length} values of ${name} are off: ${off.slice(0, 3).join("; ")}`,
    );
  }
  if (meanAbs !== undefined)
    expect(sum / expected.data.length, `mean error of ${name}`).toBeLessThanOrEqual(meanAbs);
}

/** Why a vector is left out: a row of the table of counts, or a row and a name in it: `no such op: abs 2, argmax 8`. */
export type Reason = string | { readonly row: string; readonly name: string };

/** What the vector asks for and the project does not have. */
export const noSuch = (kind: string, name: string): Reason => ({ row: `no such ${kind}`, name });

/** A vector is core where it is tagged neither `optional` (outside the lecture's needs) nor `error` (must throw). */
const isCore = ({ tags }: Vector): boolean => !tags.includes("optional") && !tags.includes("error");

/**
 * How many vectors run and how many are left out for which reason, the core ones and the others, as a table. Rows with
 * names are apart for core vectors and others:
 *
 *     core others
 *      213     56  ran
 *        6      0  no such op: abs 2, div 4
 *        2      1  dropout: ours draws its own mask
 *        0     18  no such op: abs 4, argmax 14
 */
function countsOf(vectors: readonly Vector[], reason: (vector: Vector) => Reason | undefined): string {
  const rows = new Map<string, { text: string; core: number; others: number; names: Map<string, number> }>();
  const count = (text: string, isCore: boolean, name?: string) => {
    const key = name === undefined ? text : `${text} ${isCore}`;
    const row = rows.get(key) ?? { text, core: 0, others: 0, names: new Map<string, number>() };
    rows.set(key, row);
    row[isCore ? "core" : "others"]++;
    if (name !== undefined) row.names.set(name, (row.names.get(name) ?? 0) + 1);
  };
  for (const vector of vectors) {
    const why = reason(vector) ?? "ran";
    if (typeof why === "string") count(why, isCore(vector));
    else count(why.row, isCore(vector), why.name);
  }
  const order = (text: string) => (text === "ran" ? 0 : 1);
  const sorted = [...rows.values()].sort(
    (a, b) =>
      order(a.text) - order(b.text) || b.core - a.core || b.others - a.others || (a.text < b.text ? -1 : 1),
  );
  const lines = sorted.flatMap(({ text, core, others, names }) => {
    const list = [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, times]) => `${name} ${times}`);
    const [first, ...more] = wrapped(list.length > 0 ? `${text}: ${list.join(", ")}` : text, 96);
    const start = `${String(core).padStart(4)} ${String(others).padStart(6)}  `;
    return [start + first, ...more.map((line) => " ".repeat(start.length + 2) + line)];
  });
  return ["core others", ...lines].join("\n");
}

/** The text in lines of at most `width` characters, broken after commas. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of text.split(/(?<=,) /)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length < width) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines;
}

/** The kernels that run all vectors: those for GPUs take a second each to compile on a software device. */
const vectorKernels: readonly VariantName[] = variantNames.filter(
  (name) => name !== "tiles" && !mixedVariantNames.includes(name),
);

/**
 * The tests of one file: one for each vector that `reason` does not leave out, with each choice of kernels, and
 * one that holds the table of counts, so that no vector goes missing unseen.
 */
export function describeVectors(
  suite: string,
  counts: string,
  reason: (vector: Vector) => Reason | undefined,
  check: (device: Device, vector: Vector) => Promise<void> | void,
  kernelsToRun = vectorKernels,
): void {
  describe.skipIf(!hasVectors)(suite, () => {
    const vectors = loadVectors(suite);

    it("runs these, and leaves out those", () => {
      expect(countsOf(vectors, reason)).toBe(counts.trim());
    });

    describe.each(kernelsToRun)("%s kernels", (kernels) => {
      const device = openTestDevice(kernels);
      it.each(vectors.filter((vector) => !reason(vector)))("$id", (vector) => check(device(), vector));
    });
  });
}
