// depthwise-conv2d.forward, 1. naive: one thread per output element.
//
//   y[n,oy,ox,c·MULTIPLIER + m] = act( b[c·MULTIPLIER + m] + Σ_{fy,fx} x[n, oy·STRIDE_H + fy·DILATION_H − PAD_TOP,
//                                                                  ox·STRIDE_W + fx·DILATION_W − PAD_LEFT, c] · f[fy,fx,c,m] )
//
// x: NHWC   f: rows, columns, channels, MULTIPLIER   b: OUT_C   y: NHWC      f32, row-major; reads outside x are zero
// grid: ⌈batch·OUT_H·OUT_W·OUT_C/64⌉ workgroups of 64, folded into two dimensions
// cost: 2·batch·OUT_H·OUT_W·OUT_C·FILTER_H·FILTER_W flop; every operand is read anew: see forward-2-quads.wgsl
// checked against depthwise-conv2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override IN_C: u32;
override FILTER_H: u32;
override FILTER_W: u32;
override OUT_H: u32;
override OUT_W: u32;
override OUT_C: u32; // IN_C·MULTIPLIER
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;
override MULTIPLIER: u32;
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
  let c = oc / MULTIPLIER;
  var sum = 0.0;
  for (var fy = 0u; fy < FILTER_H; fy++) {
    // Rows and columns before the first wrap to huge numbers and fail the test.
    let iy = oy * STRIDE_H + fy * DILATION_H - PAD_TOP;
    for (var fx = 0u; fx < FILTER_W; fx++) {
      let ix = ox * STRIDE_W + fx * DILATION_W - PAD_LEFT;
      if (iy < IN_H && ix < IN_W) {
        sum += x[((n * IN_H + iy) * IN_W + ix) * IN_C + c] * f[(fy * FILTER_W + fx) * OUT_C + oc];
      }
    }
  }
  y[i] = activate(sum + select(0.0, b[oc], HAS_BIAS));
}
