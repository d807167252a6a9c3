// binaryCrossentropyKeras224.backward: one thread per value. As σ(z) = p for z = log(p/(1−p)):
//
//   dp[i] = scale·(p − t)/(p·(1−p))   where 1e−7 ≤ p ≤ 1−1e−7,   exactly 0 elsewhere          t = y·(1−s) + s/2
//
// A sample that is surely wrong therefore teaches nothing: this is Keras 2.2.4's own behaviour.
//
// y, p, dp: COUNT floats of any shape; scale holds 1/(n·values per sample) for the gradient of the mean loss
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 12 bytes a value
// checked against binary-crossentropy.reference.ts and tfjs

struct Step {
  count: u32,
  scale: f32,
  smoothing: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> dp: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

const LOW: f32 = 1e-7;
const HIGH: f32 = 1.0 - 1e-7;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let t = y[i] * (1.0 - step.smoothing) + 0.5 * step.smoothing;
  let outside = p[i] < LOW || p[i] > HIGH;
  let inside = select(p[i], 0.5, outside); // keeps the division away from 0/0
  dp[i] = select(step.scale * ((inside - t) / (inside * (1.0 - inside))), 0.0, outside);
}
