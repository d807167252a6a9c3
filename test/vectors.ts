import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Device, NdArray } from "@convscope/kernels";
import { kernelChoices, openTestDevice } from "@convscope/kernels/testing";
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

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = process.env.CONVSCOPE_VECTORS ?? join(root, "..", "shared", "vectors");
/** False where the vectors do not lie beside the repository: their tests are skipped. */
export const hasVectors = existsSync(join(folder, "README.md"));
if (!hasVectors) {
  console.log("skipped: there are no vectors in ../shared/vectors; CONVSCOPE_VECTORS may name another folder.");
}

interface EncodedArray {
  readonly shape: number[];
  readonly dtype: string;
  readonly data?: (number | string)[];
  readonly bin?: string;
  readonly offset?: number;
}

/** The vectors of a file, such as `tfjs/ops`; none where the folder is absent. */
export function loadVectors(suite: string): Vector[] {
  if (!hasVectors) return [];
  const file = join(folder, `${suite}.json`);
  const { vectors, count } = JSON.parse(readFileSync(file, "utf8"));
  if (vectors.length !== count) throw new Error(`[vectors] ${file} has ${vectors.length} vectors, not ${count}.`);
  const bins = new Map<string, Buffer>();
  const decode = (arrays: Record<string, EncodedArray> = {}) =>
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, decodeArray(file, array, bins)]));
  return vectors.map((vector: Vector) => ({
    ...vector,
    attrs: vector.attrs ?? {},
    tags: vector.tags ?? [],
    inputs: decode(vector.inputs as Record<string, EncodedArray>),
    expected: decode(vector.expected as Record<string, EncodedArray>),
  }));
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
    expect.fail(`${off.length} of ${expected.data.length} values of ${name} are off: ${off.slice(0, 3).join("; ")}`);
  }
  if (meanAbs !== undefined) expect(sum / expected.data.length, `mean error of ${name}`).toBeLessThanOrEqual(meanAbs);
}

/** How many vectors of a file run, and why the others do not. */
export interface VectorCounts {
  readonly ran: number;
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * The tests of one file: one for each vector that `reason` does not leave out, with naive and with fast kernels, and
 * one that holds the counts, so that no vector goes missing unseen.
 */
export function describeVectors(
  suite: string,
  counts: VectorCounts,
  reason: (vector: Vector) => string | undefined,
  check: (device: Device, vector: Vector) => Promise<void> | void,
): void {
  describe.skipIf(!hasVectors)(suite, () => {
    const run: Vector[] = [];
    const leftOut: Record<string, number> = {};
    for (const vector of loadVectors(suite)) {
      const why = reason(vector);
      if (why) leftOut[why] = (leftOut[why] ?? 0) + 1;
      else run.push(vector);
    }

    it("runs these, and leaves out those", () => {
      expect({ ran: run.length, leftOut }).toEqual(counts);
    });

    describe.each(kernelChoices)("%s kernels", (kernels) => {
      const device = openTestDevice(kernels);
      it.each(run)("$id", (vector) => check(device(), vector));
    });
  });
}
