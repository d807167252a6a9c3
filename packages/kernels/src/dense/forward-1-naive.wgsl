// dense.forward, 1. naive: one thread per output element.
//
//   y[n,o] = act( b[o] + Σ_i x[n,i] · w[i,o] )
//
// x: rows × IN   w: IN × OUT   b: OUT   y: rows × OUT      f32, row-major
// grid: ⌈rows·OUT/64⌉ workgroups of 64, folded into two dimensions
// cost: 2·rows·IN·OUT flop; every operand is read anew: see forward-2-registers.wgsl
// checked against dense.reference.ts

override IN: u32;
override OUT: u32;
override ACTIVATION: u32; // 0 linear, 1 relu, 2 sigmoid, 3 tanh
override HAS_BIAS: bool; // without, any buffer may stand in for b

struct Step {
  count: u32, // elements of y
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

fn biasOf(o: u32) -> f32 {
  return select(0.0, b[o], HAS_BIAS);
}

fn activate(value: f32) -> f32 {
  switch (ACTIVATION) {
    case 1u: { return select(value, 0.0, value <= 0.0); } // NaN stays NaN
    case 2u: { return 1.0 / (1.0 + exp(-value)); }
    case 3u: { return tanh(clamp(value, -10.0, 10.0)); }
    default: { return value; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let k = id.y * groups.x * 64u + id.x;
  if (k >= step.count) {
    return;
  }
  let o = k % OUT;
  let n = k / OUT;
  var sum = 0.0;
  for (var i = 0u; i < IN; i++) {
    sum += x[n * IN + i] * w[i * OUT + o];
  }
  y[k] = activate(sum + biasOf(o));
}
