// conv2d.forward, 1. naive: one thread per output element.
//
//   y[n,oy,ox,oc] = act( b[oc] + Σ_{fy,fx,ic} x[n, oy·STRIDE_H + fy·DILATION_H − PAD_TOP,
//                                                  ox·STRIDE_W + fx·DILATION_W − PAD_LEFT, ic] · f[fy,fx,ic,oc] )
//
// x: NHWC   f: HWIO   b: OUT_C   y: NHWC      f32, row-major; reads outside x are zero
// grid: ⌈batch·OUT_H·OUT_W·OUT_C/64⌉ workgroups of 64, folded into two dimensions
// cost: 2·batch·OUT_H·OUT_W·OUT_C·FILTER_H·FILTER_W·IN_C flop; every operand is read anew: see forward-2-registers.wgsl
// checked against conv2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override IN_C: u32;
override FILTER_H: u32;
override FILTER_W: u32;
override OUT_H: u32;
override OUT_W: u32;
override OUT_C: u32;
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;
override ACTIVATION: u32; // 0 linear, 1 relu, 2 sigmoid, 3 tanh
override HAS_BIAS: bool; // without, any buffer may stand in for b

struct Step {
  count: u32, // elements of y
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> f: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

fn xAt(n: u32, iy: i32, ix: i32, ic: u32) -> f32 {
  if (iy < 0 || iy >= i32(IN_H) || ix < 0 || ix >= i32(IN_W)) {
    return 0.0;
  }
  return x[((n * IN_H + u32(iy)) * IN_W + u32(ix)) * IN_C + ic];
}

fn biasOf(oc: u32) -> f32 {
  return select(0.0, b[oc], HAS_BIAS);
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
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let oc = i % OUT_C;
  let ox = i / OUT_C % OUT_W;
  let oy = i / OUT_C / OUT_W % OUT_H;
  let n = i / OUT_C / OUT_W / OUT_H;
  var sum = 0.0;
  for (var fy = 0u; fy < FILTER_H; fy++) {
    let iy = i32(oy * STRIDE_H + fy * DILATION_H) - i32(PAD_TOP);
    for (var fx = 0u; fx < FILTER_W; fx++) {
      let ix = i32(ox * STRIDE_W + fx * DILATION_W) - i32(PAD_LEFT);
      for (var ic = 0u; ic < IN_C; ic++) {
        sum += xAt(n, iy, ix, ic) * f[((fy * FILTER_W + fx) * IN_C + ic) * OUT_C + oc];
      }
    }
  }
  y[i] = activate(sum + biasOf(oc));
}
