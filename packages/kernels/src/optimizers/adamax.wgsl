// adamaxUpdate: one thread per some quads of elements, in place, as Keras 2.3.1
//
//   m ← β₁·m + (1−β₁)·g            u ← max(β₂·u, |g|)            p ← p − η_t·m / (u + ε)
//
// η_t = η/(1−β₁^t), which makes up for m beginning at 0, is worked out before the call.
//
// parameter (p), gradient (g), m, u: floats of any shape, read as quads; what is beyond the last is never looked at
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 28 bytes an element
// checked against optimizers.reference.ts and tfjs

struct Step {
  quads: u32,
  correctedRate: f32,
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> u: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    let g = gradient[i];
    let mNow = step.beta1 * m[i] + step.oneMinusBeta1 * g;
    let uNow = max(step.beta2 * u[i], abs(g));
    m[i] = mNow;
    u[i] = uNow;
    parameter[i] -= step.correctedRate * mNow / (uNow + step.epsilon);
  }
}
