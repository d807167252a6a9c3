// sigmoid.forward: one thread per element. exp is only ever taken of a number ≤ 0, so it cannot overflow.
//
//   y[i] = 1 / (1 + exp(−x[i]))       for x[i] ≥ 0
//   y[i] = exp(x[i]) / (1 + exp(x[i]))  for x[i] < 0: the same number
//
// x, y: COUNT floats of any shape
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes, one exp and one division an element
// checked against sigmoid.reference.ts

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let e = exp(-abs(x[i]));
  y[i] = select(e, 1.0, x[i] >= 0.0) / (1.0 + e);
}
