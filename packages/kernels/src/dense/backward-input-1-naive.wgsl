// dense.backwardInput, 1. naive: one thread per element of dx.
//
//   dx[n,i] = Σ_o dy[n,o] · w[i,o]
//
// Where a rectifier made x, dx is the gradient before it: 0 where x is.
//
// dy: rows × OUT   w: IN × OUT   x, dx: rows × IN      f32, row-major
// grid: ⌈rows·IN/64⌉ workgroups of 64, folded into two dimensions
// cost: 2·rows·IN·OUT flop
// checked against dense.reference.ts

override IN: u32;
override OUT: u32;
override IS_RECTIFIED: bool; // without, any buffer may stand in for x

struct Step {
  count: u32, // elements of dx
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let k = id.y * groups.x * 64u + id.x;
  if (k >= step.count) {
    return;
  }
  let i = k % IN;
  let n = k / IN;
  var sum = 0.0;
  for (var o = 0u; o < OUT; o++) {
    sum += dy[n * OUT + o] * w[i * OUT + o];
  }
  dx[k] = select(0.0, sum, !IS_RECTIFIED || x[k] > 0.0);
}
