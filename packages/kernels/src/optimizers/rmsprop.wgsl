// rmspropUpdate: one thread per element, in place. ε stands outside the root, as in Keras 2 and PyTorch.
//
//   a ← ρ·a + (1−ρ)·g²            p ← p − η·g / (√a + ε)
//
// parameter (p), gradient (g), accumulator (a): COUNT floats of any shape
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 20 bytes an element
// checked against optimizers.reference.ts and Keras's golden numbers

struct Step {
  count: u32,
  learningRate: f32,
  rho: f32,
  oneMinusRho: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> accumulator: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let g = gradient[i];
  let a = step.rho * accumulator[i] + step.oneMinusRho * g * g;
  accumulator[i] = a;
  parameter[i] -= step.learningRate * g / (sqrt(a) + step.epsilon);
}
