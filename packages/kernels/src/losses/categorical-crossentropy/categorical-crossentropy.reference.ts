const LOW = Math.fround(1e-7);
const HIGH = Math.fround(1 - 1e-7);

const clip = (q: number) => Math.min(Math.max(q, LOW), HIGH);
const isClipped = (q: number) => q < LOW || q > HIGH;
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** log Σ exp(z), without overflow and without losing what stands beside the greatest. */
function logSumExp(z: readonly number[]): number {
  const top = z.indexOf(Math.max(...z));
  const rest = sumOf(z.map((value, c) => (c === top ? 0 : Math.exp(value - z[top]))));
  return z[top] + Math.log1p(rest);
}

/** The rows of the last axis: smoothed targets beside predictions. */
function rowsOf(y: Float32Array, prediction: Float32Array, classes: number, smoothing: number) {
  const rows: { t: number[]; prediction: number[] }[] = [];
  for (let begin = 0; begin < prediction.length; begin += classes) {
    rows.push({
      t: Array.from(y.subarray(begin, begin + classes), (v) => v * (1 - smoothing) + smoothing / classes),
      prediction: Array.from(prediction.subarray(begin, begin + classes)),
    });
  }
  return rows;
}

/** The mean of each sample's rows. */
function meansOverSamples(losses: readonly number[], samples: number): number[] {
  const rows = losses.length / samples;
  return Array.from({ length: samples }, (_, n) => sumOf(losses.slice(n * rows, (n + 1) * rows)) / rows);
}

/** Losses [samples] from probabilities, in float64. */
export function categoricalCrossentropyForwardReference(
  y: Float32Array,
  p: Float32Array,
  samples: number,
  classes: number,
  smoothing = 0,
): number[] {
  const losses = rowsOf(y, p, classes, smoothing).map(({ t, prediction }) => {
    const sum = sumOf(prediction);
    return -sumOf(prediction.map((value, c) => t[c] * Math.log(clip(value / sum))));
  });
  return meansOverSamples(losses, samples);
}

/** The gradient of the mean loss with respect to the probabilities. */
export function categoricalCrossentropyBackwardReference(
  y: Float32Array,
  p: Float32Array,
  classes: number,
  smoothing = 0,
): number[] {
  const rows = rowsOf(y, p, classes, smoothing);
  return rows.flatMap(({ t, prediction }) => {
    const sum = sumOf(prediction);
    const q = prediction.map((value) => value / sum);
    const dq = q.map((value, c) => (isClipped(value) ? 0 : -t[c] / value));
    const back = sumOf(dq.map((value, c) => value * q[c]));
    return dq.map((value) => (value - back) / sum / rows.length);
  });
}

/** Losses [samples] from logits, in float64. */
export function categoricalCrossentropyFromLogitsForwardReference(
  y: Float32Array,
  z: Float32Array,
  samples: number,
  classes: number,
  smoothing = 0,
): number[] {
  const losses = rowsOf(y, z, classes, smoothing).map(({ t, prediction }) => {
    const all = logSumExp(prediction);
    return sumOf(prediction.map((value, c) => t[c] * (all - value)));
  });
  return meansOverSamples(losses, samples);
}

/** The gradient of the mean loss with respect to the logits. */
export function categoricalCrossentropyFromLogitsBackwardReference(
  y: Float32Array,
  z: Float32Array,
  classes: number,
  smoothing = 0,
): number[] {
  const rows = rowsOf(y, z, classes, smoothing);
  return rows.flatMap(({ t, prediction }) => {
    const all = logSumExp(prediction);
    return prediction.map((value, c) => (sumOf(t) * Math.exp(value - all) - t[c]) / rows.length);
  });
}
