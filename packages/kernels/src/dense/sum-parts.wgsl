// dense.forward, after 4: adds up the parts of the sum, 4 outputs a thread.
//
//   y[n,o] = act( b[o] + Σ_s partial[s,n,o] )      s = 0 … parts−1, in this order: two runs give the same bits
//
// partial: parts × rows × OUT   b: OUT   y: rows × OUT      f32, row-major; OUT is a multiple of 4
// grid: ⌈rows·OUT/4/64⌉ workgroups of 64, folded into two dimensions
// cost: parts additions and reads an output
// checked against dense.reference.ts

override OUT: u32;
override ACTIVATION: u32; // 0 linear, 1 relu, 2 sigmoid, 3 tanh
override HAS_BIAS: bool; // without, any buffer may stand in for b

struct Step {
  quads: u32, // rows·OUT/4
  parts: u32,
}

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

fn activate(value: vec4f) -> vec4f {
  switch (ACTIVATION) {
    case 1u: { return select(value, vec4f(), value <= vec4f()); } // NaN stays NaN
    case 2u: { return 1.0 / (1.0 + exp(-value)); }
    case 3u: { return tanh(clamp(value, vec4f(-10.0), vec4f(10.0))); }
    default: { return value; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.quads) {
    return;
  }
  var sum = vec4f();
  for (var s = 0u; s < step.parts; s++) {
    sum += partial[s * step.quads + i];
  }
  y[i] = activate(sum + select(vec4f(), b[i % (OUT / 4u)], HAS_BIAS));
}
