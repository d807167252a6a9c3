// meanSquaredError.backward: one thread per value.
//
//   dp[i] = scale·2·(p[i] − y[i])
//
// y, p, dp: COUNT floats of any shape; scale holds 1/(n·values per sample) for the gradient of the mean loss
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 12 bytes a value
// checked against mean-squared-error.reference.ts and tfjs

struct Step {
  count: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> dp: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  dp[i] = step.scale * (2.0 * (p[i] - y[i]));
}
