// rmspropUpdate with momentum: one thread per element, in place. ε stands outside the root here too.
//
//   a ← ρ·a + (1−ρ)·g²            v ← μ·v + η·g / (√a + ε)            p ← p − v
//
// parameter (p), gradient (g), accumulator (a), momentumBuffer (v): COUNT floats of any shape
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 28 bytes an element
// checked against optimizers.reference.ts

struct Step {
  count: u32,
  learningRate: f32,
  rho: f32,
  oneMinusRho: f32,
  epsilon: f32,
  momentum: f32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> accumulator: array<f32>;
@group(0) @binding(3) var<storage, read_write> momentumBuffer: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let g = gradient[i];
  let a = step.rho * accumulator[i] + step.oneMinusRho * g * g;
  let v = step.momentum * momentumBuffer[i] + step.learningRate * g / (sqrt(a) + step.epsilon);
  accumulator[i] = a;
  momentumBuffer[i] = v;
  parameter[i] -= v;
}
