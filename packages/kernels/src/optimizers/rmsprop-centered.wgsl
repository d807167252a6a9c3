// rmspropUpdate, centered: one thread per some quads of elements, in place
//
//   a ← ρ·a + (1−ρ)·g²      ḡ ← ρ·ḡ + (1−ρ)·g      v ← μ·v + η·g / √(max(a − ḡ², 0) + ε)      p ← p − v
//
// ε stands inside the root, as in tf.keras: the variance of gradients that hardly change is 0, but for rounding.
//
// parameter (p), gradient (g), accumulator (a), meanGradient (ḡ), momentumBuffer (v): floats of any shape, read as quads; what is beyond the last is never looked at
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 36 bytes an element
// checked against optimizers.reference.ts and tfjs

struct Step {
  quads: u32,
  learningRate: f32,
  rho: f32,
  oneMinusRho: f32,
  epsilon: f32,
  momentum: f32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> accumulator: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> meanGradient: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> momentumBuffer: array<vec4f>;
@group(0) @binding(5) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    let g = gradient[i];
    let a = step.rho * accumulator[i] + step.oneMinusRho * g * g;
    let mean = step.rho * meanGradient[i] + step.oneMinusRho * g;
    let variance = max(a - mean * mean, vec4f());
    let v = step.momentum * momentumBuffer[i] + step.learningRate * g / sqrt(variance + step.epsilon);
    accumulator[i] = a;
    meanGradient[i] = mean;
    momentumBuffer[i] = v;
    parameter[i] -= v;
  }
}
