/** Mean and standard deviation of each channel over all pixels of a data set. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  readonly std: Float32Array;
}

/**
 * Sums are float64, where NumPy's are float32 in pairs; the deviation is measured from the mean as it is stored.
 * @param channels how many there are
 * @param stride values between one channel and the next
 */
export function channelStatistics(data: Float32Array, channels: number, stride: number): ChannelStatistics {
  const count = data.length / channels;
  const channelOf = (i: number) => Math.floor(i / stride) % channels;
  const sums = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) sums[channelOf(i)] += data[i];
  const mean = Float32Array.from(sums, (sum) => sum / count);

  // NumPy measures the deviation of what is left without the mean, about that rest's own mean.
  const rests = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) {
    const c = channelOf(i);
    const rest = data[i] - mean[c];
    rests[c] += rest;
    squares[c] += rest * rest;
  }
  const std = Float32Array.from(squares, (sum, c) =>
    Math.sqrt(Math.max(sum / count - (rests[c] / count) ** 2, 0)),
  );
  return { mean, std };
}
