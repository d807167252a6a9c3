// dense.backwardWeights, 1. naive: one thread per element of dw.
//
//   dw[i,o] = Σ_n x[n,i] · dy[n,o]
//
// x: rows × IN   dy: rows × OUT   dw: IN × OUT      f32, row-major
// grid: ⌈IN·OUT/64⌉ workgroups of 64, folded into two dimensions
// cost: 2·rows·IN·OUT flop
// checked against dense.reference.ts

override IN: u32;
override OUT: u32;

struct Step {
  rows: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let k = id.y * groups.x * 64u + id.x;
  if (k >= IN * OUT) {
    return;
  }
  let o = k % OUT;
  let i = k / OUT;
  var sum = 0.0;
  for (var n = 0u; n < step.rows; n++) {
    sum += x[n * IN + i] * dy[n * OUT + o];
  }
  dw[k] = sum;
}
