// nadamUpdate: one thread per some quads of elements, in place, as Keras 2.3.1
//
//   m ← β₁·m + (1−β₁)·g            v ← β₂·v + (1−β₂)·g²            p ← p − η·(c₁·g + c₂·m) / (√(c₃·v) + ε)
//
// c₁ = (1−μ_t)/(1−μ₁…μ_t), c₂ = μ_{t+1}/(1−μ₁…μ_{t+1}), c₃ = 1/(1−β₂^t): Nesterov's look ahead with the momentum μ that grows from
// step to step, worked out before the call.
//
// parameter (p), gradient (g), m, v: floats of any shape, read as quads; what is beyond the last is never looked at
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 28 bytes an element
// checked against optimizers.reference.ts

struct Step {
  quads: u32,
  learningRate: f32,
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  gradientShare: f32,
  momentShare: f32,
  correction: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    let g = gradient[i];
    let mNow = step.beta1 * m[i] + step.oneMinusBeta1 * g;
    let vNow = step.beta2 * v[i] + step.oneMinusBeta2 * g * g;
    m[i] = mNow;
    v[i] = vNow;
    let ahead = step.gradientShare * g + step.momentShare * mNow;
    parameter[i] -= step.learningRate * ahead / (sqrt(step.correction * vNow) + step.epsilon);
  }
}
