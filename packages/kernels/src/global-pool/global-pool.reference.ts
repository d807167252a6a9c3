/** NHWC. */
type Shape = readonly [number, number, number, number];

/** y[n,c] = the mean over the pixels. Summed in double precision. */
export function globalAveragePool2dForwardReference(shape: Shape, x: Float32Array): Float32Array {
  const [batch, height, width, channels] = shape;
  const pixels = height * width;
  const y = new Float32Array(batch * channels);
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let p = 0; p < pixels; p++) sum += x[(n * pixels + p) * channels + c];
      y[n * channels + c] = sum / pixels;
    }
  }
  return y;
}

/** dx[n,p,c] = dy[n,c]/pixels. */
export function globalAveragePool2dBackwardReference(shape: Shape, dy: Float32Array): Float32Array {
  const [batch, height, width, channels] = shape;
  const pixels = height * width;
  const dx = new Float32Array(batch * pixels * channels);
  for (let n = 0; n < batch; n++) {
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < channels; c++) dx[(n * pixels + p) * channels + c] = dy[n * channels + c] / pixels;
    }
  }
  return dx;
}

/**
 * y[n,c] = the maximum over the pixels, argmax = p·channels + c of the first pixel that has it; NaN is larger
 * than any number.
 */
export function globalMaxPool2dForwardReference(
  shape: Shape,
  x: Float32Array,
): { y: Float32Array; argmax: Uint32Array } {
  const [batch, height, width, channels] = shape;
  const pixels = height * width;
  const y = new Float32Array(batch * channels);
  const argmax = new Uint32Array(batch * channels);
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      let chosen = 0;
      for (let p = 1; p < pixels; p++) {
        const at = (pixel: number) => x[(n * pixels + pixel) * channels + c];
        if (at(p) > at(chosen) || (Number.isNaN(at(p)) && !Number.isNaN(at(chosen)))) chosen = p;
      }
      y[n * channels + c] = x[(n * pixels + chosen) * channels + c];
      argmax[n * channels + c] = chosen * channels + c;
    }
  }
  return { y, argmax };
}

/** dx = dy at the chosen pixel, 0 elsewhere. */
export function globalMaxPool2dBackwardReference(
  shape: Shape,
  argmax: Uint32Array,
  dy: Float32Array,
): Float32Array {
  const [batch, height, width, channels] = shape;
  const picture = height * width * channels;
  const dx = new Float32Array(batch * picture);
  for (let o = 0; o < dy.length; o++) dx[Math.floor(o / channels) * picture + argmax[o]] = dy[o];
  return dx;
}
