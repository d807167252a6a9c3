// binaryCrossentropy.backward: one thread per value.
//
//   dp[i] = scale·( (1−t)/(1−p+ε) − t/(p+ε) )   where ε ≤ p ≤ 1−ε,   exactly 0 elsewhere
//   t = y·(1−s) + s/2,   ε = 1e−7
//
// ε comes as a step number and not as a constant: WGSL compilers may turn (1−p')+1e−7 into (1+1e−7)−p', whose rounding
// eats half of it (seen on lavapipe: 15.249238 for 15.333239).
//
// y, p, dp: COUNT floats of any shape; scale holds 1/(n·values per sample) for the gradient of the mean loss
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 12 bytes a value
// checked against binary-crossentropy.reference.ts

struct Step {
  count: u32,
  scale: f32,
  smoothing: f32,
  epsilon: f32,
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
  let inside = select(p[i], 0.5, outside); // keeps the divisions away from 0
  let slope = (1.0 - t) / ((1.0 - inside) + step.epsilon) - t / (inside + step.epsilon);
  dp[i] = select(step.scale * slope, 0.0, outside);
}
