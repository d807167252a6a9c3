// tanh.backward: one thread per element. The slope is told by the result, so the input need not be kept.
//
//   dx[i] = dy[i] · (1 − y[i]²) = dy[i] · (1 − y[i]) · (1 + y[i]): the product keeps its digits where y is near ±1
//
// y, dy, dx: COUNT floats of any shape
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 12 bytes an element
// checked against tanh.reference.ts

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  dx[i] = dy[i] * ((1.0 - y[i]) * (1.0 + y[i]));
}
