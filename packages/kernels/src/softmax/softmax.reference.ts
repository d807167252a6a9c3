/** y = exp(x − max) / Σ exp(x − max) of each row of `columns` values, in double precision. */
export function softmaxForwardReference(x: Float32Array, columns: number): Float32Array {
  const y = new Float32Array(x.length);
  for (let first = 0; first < x.length; first += columns) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < columns; c++) largest = Math.max(largest, x[first + c]);
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += Math.exp(x[first + c] - largest);
    for (let c = 0; c < columns; c++) y[first + c] = Math.exp(x[first + c] - largest) / sum;
  }
  return y;
}

/** dx = y·(dy − Σ dy·y) of each row of `columns` values, in double precision. */
export function softmaxBackwardReference(y: Float32Array, dy: Float32Array, columns: number): Float32Array {
  const dx = new Float32Array(y.length);
  for (let first = 0; first < y.length; first += columns) {
    let mean = 0;
    for (let c = 0; c < columns; c++) mean += dy[first + c] * y[first + c];
    for (let c = 0; c < columns; c++) dx[first + c] = y[first + c] * (dy[first + c] - mean);
  }
  return dx;
}
