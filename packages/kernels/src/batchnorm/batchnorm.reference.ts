/** Batch normalization in plain loops, in double precision; the channels are last. */

/** Mean and variance of each channel. */
export function batchMomentsReference(
  x: Float32Array,
  channels: number,
): { mean: Float64Array; variance: Float64Array } {
  const values = x.length / channels;
  const mean = new Float64Array(channels);
  x.forEach((value, i) => {
    mean[i % channels] += value / values;
  });
  const variance = new Float64Array(channels);
  x.forEach((value, i) => {
    variance[i % channels] += (value - mean[i % channels]) ** 2 / values;
  });
  return { mean, variance };
}

export interface ReferenceNormalization {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  readonly gamma?: ArrayLike<number>;
  readonly beta?: ArrayLike<number>;
  readonly epsilon: number;
}

/** y = gamma·(x − mean)/√(variance + epsilon) + beta. */
export function batchNormForwardReference(
  x: Float32Array,
  { mean, variance, gamma, beta, epsilon }: ReferenceNormalization,
): Float32Array {
  return x.map((value, i) => {
    const c = i % mean.length;
    return ((gamma?.[c] ?? 1) * (value - mean[c])) / Math.sqrt(variance[c] + epsilon) + (beta?.[c] ?? 0);
  });
}

/** dx, dgamma and dbeta. In training mean and variance depend on x. */
export function batchNormBackwardReference(
  x: Float32Array,
  dy: Float32Array,
  { mean, variance, gamma, epsilon }: ReferenceNormalization,
  isTraining: boolean,
): { dx: Float32Array; dgamma: Float32Array; dbeta: Float32Array } {
  const channels = mean.length;
  const values = x.length / channels;
  const deviation = Float64Array.from({ length: channels }, (_, c) => Math.sqrt(variance[c] + epsilon));
  const normalized = (i: number) => (x[i] - mean[i % channels]) / deviation[i % channels];
  const dgamma = new Float64Array(channels);
  const dbeta = new Float64Array(channels);
  dy.forEach((gradient, i) => {
    dgamma[i % channels] += gradient * normalized(i);
    dbeta[i % channels] += gradient;
  });
  const dx = dy.map((gradient, i) => {
    const c = i % channels;
    const ofMoments = isTraining ? (dbeta[c] + normalized(i) * dgamma[c]) / values : 0;
    return ((gamma?.[c] ?? 1) / deviation[c]) * (gradient - ofMoments);
  });
  return { dx, dgamma: Float32Array.from(dgamma), dbeta: Float32Array.from(dbeta) };
}

/** momentum·average + (1 − momentum)·correction·value. */
export function movingAverageReference(
  average: Float32Array,
  value: Float32Array,
  momentum: number,
  correction: number,
): Float32Array {
  return average.map((before, c) => momentum * before + (1 - momentum) * correction * value[c]);
}
