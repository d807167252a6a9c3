// adagradUpdate: one thread per some quads of elements, in place, as Keras 2.3.1
//
//   a ← a + g²            p ← p − η·g / (√a + ε)
//
// parameter (p), gradient (g), accumulator (a): floats of any shape, read as quads; what is beyond the last is never looked at
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 20 bytes an element
// checked against optimizers.reference.ts and tfjs

struct Step {
  quads: u32,
  learningRate: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> accumulator: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    let g = gradient[i];
    let a = accumulator[i] + g * g;
    accumulator[i] = a;
    parameter[i] -= step.learningRate * g / (sqrt(a) + step.epsilon);
  }
}
