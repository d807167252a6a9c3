// sgdUpdate with momentum: one thread per some quads of elements, in place.
//
//   v ← μ·v − η·g            p ← p + v,   with Nesterov's look ahead  p ← p + μ·v − η·g
//
// parameter (p), gradient (g), velocity (v): floats of any shape, read as quads; what is beyond the last is never looked at
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 20 bytes an element
// checked against optimizers.reference.ts and tfjs

struct Step {
  quads: u32,
  learningRate: f32,
  momentum: f32,
  nesterov: u32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> velocity: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    let descent = step.learningRate * gradient[i];
    let v = step.momentum * velocity[i] - descent;
    velocity[i] = v;
    parameter[i] += select(v, step.momentum * v - descent, step.nesterov == 1u);
  }
}
