// relu.backward: one thread per element. The gradient is 0 at x = 0, and y > 0 tells as much as x > 0.
//
//   dx[i] = dy[i] if y[i] > 0, else 0
//
// y, dy, dx: COUNT floats of any shape
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 12 bytes an element
// checked against relu.reference.ts

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
  dx[i] = select(0.0, dy[i], y[i] > 0.0);
}
