/** Whole numbers nearest to x; halves go to the even one. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** The place of the first maximum. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let c = 1; c < values.length; c++) if (values[c] > values[best]) best = c;
  return best;
}

/** The share of trues in each of `samples` equal parts. */
function shares(right: readonly boolean[], samples: number): number[] {
  const each = right.length / samples;
  return Array.from({ length: samples }, (_, n) => {
    const own = right.slice(n * each, (n + 1) * each);
    return own.filter(Boolean).length / each;
  });
}

function rowsOf(values: Float32Array, classes: number): Float32Array[] {
  return Array.from({ length: values.length / classes }, (_, r) =>
    values.subarray(r * classes, (r + 1) * classes),
  );
}

export function binaryAccuracyReference(y: Float32Array, p: Float32Array, samples: number): number[] {
  return shares(
    Array.from(p, (value, i) => y[i] === roundHalfToEven(value)),
    samples,
  );
}

export function categoricalAccuracyReference(
  y: Float32Array,
  p: Float32Array,
  samples: number,
  classes: number,
): number[] {
  const wanted = rowsOf(y, classes).map(argmax);
  return shares(
    rowsOf(p, classes).map((row, r) => argmax(row) === wanted[r]),
    samples,
  );
}

export function sparseCategoricalAccuracyReference(
  y: Float32Array,
  p: Float32Array,
  samples: number,
  classes: number,
): number[] {
  return shares(
    rowsOf(p, classes).map((row, r) => argmax(row) === y[r]),
    samples,
  );
}
