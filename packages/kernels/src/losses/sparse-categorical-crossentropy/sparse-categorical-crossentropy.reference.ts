const LOW = Math.fround(1e-7);
const HIGH = Math.fround(1 - 1e-7);

const clip = (p: number) => Math.min(Math.max(p, LOW), HIGH);
const isClipped = (p: number) => p < LOW || p > HIGH;

/** log Σ exp(z) − z[label], without overflow and without losing what stands beside the greatest. */
function fromLogits(z: readonly number[], label: number): number {
  const top = z.indexOf(Math.max(...z));
  let rest = 0;
  for (let c = 0; c < z.length; c++) if (c !== top) rest += Math.exp(z[c] - z[top]);
  return z[top] - z[label] + Math.log1p(rest);
}

/** The mean over each sample's rows of `loss(row, label)`. */
function meansOverSamples(
  y: Float32Array,
  prediction: Float32Array,
  samples: number,
  classes: number,
  loss: (row: number[], label: number) => number,
): number[] {
  const rows = y.length / samples;
  const losses: number[] = [];
  for (let n = 0; n < samples; n++) {
    let sum = 0;
    for (let r = n * rows; r < (n + 1) * rows; r++) {
      sum += loss(Array.from(prediction.subarray(r * classes, (r + 1) * classes)), Math.trunc(y[r]));
    }
    losses.push(sum / rows);
  }
  return losses;
}

/** Losses [samples] from probabilities, in float64. */
export function sparseCategoricalCrossentropyForwardReference(
  y: Float32Array,
  p: Float32Array,
  samples: number,
  classes: number,
): number[] {
  return meansOverSamples(y, p, samples, classes, (row, label) =>
    fromLogits(
      row.map((value) => Math.log(clip(value))),
      label,
    ),
  );
}

/** The gradient of the mean loss with respect to the probabilities. */
export function sparseCategoricalCrossentropyBackwardReference(
  y: Float32Array,
  p: Float32Array,
  classes: number,
): number[] {
  return Array.from(p, (value, i) => {
    if (isClipped(value)) return 0;
    const row = Math.floor(i / classes);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += clip(p[row * classes + c]);
    const own = i % classes === Math.trunc(y[row]) ? 1 / value : 0;
    return (1 / sum - own) / y.length;
  });
}

/** Losses [samples] from logits, in float64. */
export function sparseCategoricalCrossentropyFromLogitsForwardReference(
  y: Float32Array,
  z: Float32Array,
  samples: number,
  classes: number,
): number[] {
  return meansOverSamples(y, z, samples, classes, fromLogits);
}

/** The gradient of the mean loss with respect to the logits. */
export function sparseCategoricalCrossentropyFromLogitsBackwardReference(
  y: Float32Array,
  z: Float32Array,
  classes: number,
): number[] {
  return Array.from(z, (value, i) => {
    const row = Math.floor(i / classes);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(z[row * classes + c] - value);
    return (1 / sum - (i % classes === Math.trunc(y[row]) ? 1 : 0)) / y.length;
  });
}
