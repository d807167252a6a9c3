// sgdUpdate with momentum: one thread per element, in place.
//
//   v ← μ·v − η·g            p ← p + v,   with Nesterov's look ahead  p ← p + μ·v − η·g
//
// parameter (p), gradient (g), velocity (v): COUNT floats of any shape
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 20 bytes an element
// checked against optimizers.reference.ts and tfjs

struct Step {
  count: u32,
  learningRate: f32,
  momentum: f32,
  nesterov: u32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> velocity: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let descent = step.learningRate * gradient[i];
  let v = step.momentum * velocity[i] - descent;
  velocity[i] = v;
  parameter[i] += select(v, step.momentum * v - descent, step.nesterov == 1u);
}
