// sgdUpdate: one thread per element, in place.
//
//   p ← p − η·g
//
// parameter (p), gradient (g): COUNT floats of any shape
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 12 bytes an element
// checked against optimizers.reference.ts and tfjs

struct Step {
  count: u32,
  learningRate: f32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  parameter[i] -= step.learningRate * gradient[i];
}
