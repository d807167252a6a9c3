// binaryCrossentropyFromLogits.backward: one thread per value.
//
//   dz[i] = scale·(σ(z[i]) − t[i]),   t = y·(1−s) + s/2
//
// With u = exp(−|z|):  σ(z) = 1/(1+u) where z ≥ 0, else u/(1+u). The difference is taken over the common
// denominator, so that it stays right where σ(z) would round to t: the gradient of a sure sample is small and not 0.
//
//   z ≥ 0:  σ − t = ((1−t) − t·u) / (1+u)       z < 0:  σ − t = (u·(1−t) − t) / (1+u)
//
// y, z, dz: COUNT floats of any shape; scale holds 1/(n·values per sample) for the gradient of the mean loss
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: one exp a value
// checked against binary-crossentropy.reference.ts, tfjs and Keras's golden numbers

struct Step {
  count: u32,
  scale: f32,
  smoothing: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> dz: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let t = y[i] * (1.0 - step.smoothing) + 0.5 * step.smoothing;
  let u = exp(-abs(z[i]));
  let numerator = select(u * (1.0 - t) - t, (1.0 - t) - t * u, z[i] >= 0.0);
  dz[i] = step.scale * (numerator / (1.0 + u));
}
