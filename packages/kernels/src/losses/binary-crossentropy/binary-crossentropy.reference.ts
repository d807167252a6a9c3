/** Keras clips in float32: these are the bounds it gets, and they are not symmetric. */
const LOW = Math.fround(1e-7);
const HIGH = Math.fround(1 - 1e-7);
const EPSILON = Math.fround(1e-7);

const clip = (p: number) => Math.min(Math.max(p, LOW), HIGH);
const isClipped = (p: number) => p < LOW || p > HIGH;
const smooth = (y: number, smoothing: number) => y * (1 - smoothing) + 0.5 * smoothing;
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** The loss of one logit z against the target t. */
const fromLogit = (t: number, z: number) => Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z)));

/** The means over each sample's values of `loss(t, prediction)`, in float64. */
function meansOverSamples(
  y: Float32Array,
  prediction: Float32Array,
  samples: number,
  smoothing: number,
  loss: (t: number, prediction: number) => number,
): number[] {
  const perSample = prediction.length / samples;
  const losses: number[] = [];
  for (let n = 0; n < samples; n++) {
    let sum = 0;
    for (let i = n * perSample; i < (n + 1) * perSample; i++)
      sum += loss(smooth(y[i], smoothing), prediction[i]);
    losses.push(sum / perSample);
  }
  return losses;
}

/** Losses [samples] from logits. */
export function binaryCrossentropyFromLogitsForwardReference(
  y: Float32Array,
  z: Float32Array,
  samples: number,
  smoothing = 0,
): number[] {
  return meansOverSamples(y, z, samples, smoothing, fromLogit);
}

/** The gradient of the mean loss with respect to the logits. */
export function binaryCrossentropyFromLogitsBackwardReference(
  y: Float32Array,
  z: Float32Array,
  smoothing = 0,
): number[] {
  return Array.from(z, (value, i) => (sigmoid(value) - smooth(y[i], smoothing)) / z.length);
}

/** Losses [samples] from probabilities, as Keras 2.2.4. */
export function binaryCrossentropyKeras224ForwardReference(
  y: Float32Array,
  p: Float32Array,
  samples: number,
  smoothing = 0,
): number[] {
  const logit = (q: number) => Math.log(q / (1 - q));
  return meansOverSamples(y, p, samples, smoothing, (t, value) => fromLogit(t, logit(clip(value))));
}

/** The gradient of the mean loss with respect to the probabilities, as Keras 2.2.4. */
export function binaryCrossentropyKeras224BackwardReference(
  y: Float32Array,
  p: Float32Array,
  smoothing = 0,
): number[] {
  return Array.from(p, (value, i) =>
    isClipped(value) ? 0 : (value - smooth(y[i], smoothing)) / (value * (1 - value)) / p.length,
  );
}

/** Losses [samples] from probabilities, as tf.keras. */
export function binaryCrossentropyForwardReference(
  y: Float32Array,
  p: Float32Array,
  samples: number,
  smoothing = 0,
): number[] {
  return meansOverSamples(
    y,
    p,
    samples,
    smoothing,
    (t, value) => -(t * Math.log(clip(value) + EPSILON) + (1 - t) * Math.log(1 - clip(value) + EPSILON)),
  );
}

/** The gradient of the mean loss with respect to the probabilities, as tf.keras. */
export function binaryCrossentropyBackwardReference(
  y: Float32Array,
  p: Float32Array,
  smoothing = 0,
): number[] {
  return Array.from(p, (value, i) => {
    if (isClipped(value)) return 0;
    const t = smooth(y[i], smoothing);
    return ((1 - t) / (1 - value + EPSILON) - t / (value + EPSILON)) / p.length;
  });
}
