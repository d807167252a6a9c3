// add.accumulate: one thread per element, in place. For gradients of a value that was used more than once.
//
//   sum[i] = sum[i] + value[i]
//
// value, sum: COUNT floats of any shape
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 12 bytes an element
// checked against add.reference.ts

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> value: array<f32>;
@group(0) @binding(1) var<storage, read_write> sum: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  sum[i] = sum[i] + value[i];
}
