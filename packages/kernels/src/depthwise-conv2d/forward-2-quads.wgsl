// depthwise-conv2d.forward, 2. quads: one thread per four channels of four neighbouring output pixels of a row.
//
//   y[n,oy,ox,c] = act( b[c] + Σ_{fy,fx} x[n, oy·STRIDE_H + fy·DILATION_H − PAD_TOP,
//                                             ox·STRIDE_W + fx·DILATION_W − PAD_LEFT, c] · f[fy,fx,c] )
//
// Idea: 16-byte reads and writes, and each of the filter's quads is read for four outputs.
//
// x, y: NHWC   f: rows, columns, channels (MULTIPLIER is 1)   b: OUT_C      read as quads: IN_C is a multiple of 4; reads
// outside x are zero
// grid: ⌈strips/64⌉ workgroups of 64, folded into two dimensions, strips = batch·OUT_H·⌈OUT_W/4⌉·OUT_C/4
// cost: 2·batch·OUT_H·OUT_W·OUT_C·FILTER_H·FILTER_W flop; 5/16 reads of 16 bytes a multiply-add
// checked against depthwise-conv2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override IN_C: u32;
override FILTER_H: u32;
override FILTER_W: u32;
override OUT_H: u32;
override OUT_W: u32;
override OUT_C: u32; // IN_C
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;
override ACTIVATION: u32; // 0 linear, 1 relu, 2 sigmoid, 3 tanh
override HAS_BIAS: bool; // without, any buffer may stand in for b

struct Step {
  strips: u32,
  rows: u32, // FILTER_H, of which the compiler is not to know: it would unroll the loop
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> f: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

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
  if (i >= step.strips) {
    return;
  }
  let quads = IN_C / 4u;
  let stripsOfRow = (OUT_W + 3u) / 4u;
  let q = i % quads;
  let ox = i / quads % stripsOfRow * 4u;
  let oy = i / (quads * stripsOfRow) % OUT_H;
  let n = i / (quads * stripsOfRow * OUT_H);

  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var fy = 0u; fy < step.rows; fy++) {
    // Rows and columns before the first wrap to huge numbers and fail the tests.
    let iy = oy * STRIDE_H + fy * DILATION_H - PAD_TOP;
    if (iy >= IN_H) {
      continue;
    }
    let row = (n * IN_H + iy) * IN_W;
    for (var fx = 0u; fx < FILTER_W; fx++) {
      let tap = f[(fy * FILTER_W + fx) * quads + q];
      let ix0 = ox * STRIDE_W + fx * DILATION_W - PAD_LEFT;
      let ix1 = ix0 + STRIDE_W;
      let ix2 = ix1 + STRIDE_W;
      let ix3 = ix2 + STRIDE_W;
      sum0 += tap * select(vec4f(), x[(row + ix0) * quads + q], ix0 < IN_W);
      sum1 += tap * select(vec4f(), x[(row + ix1) * quads + q], ix1 < IN_W);
      sum2 += tap * select(vec4f(), x[(row + ix2) * quads + q], ix2 < IN_W);
      sum3 += tap * select(vec4f(), x[(row + ix3) * quads + q], ix3 < IN_W);
    }
  }
  var bias = vec4f();
  if (HAS_BIAS) {
    bias = b[q];
  }
  let first = ((n * OUT_H + oy) * OUT_W + ox) * quads + q;
  y[first] = activate(sum0 + bias);
  if (ox + 1u < OUT_W) { y[first + quads] = activate(sum1 + bias); }
  if (ox + 2u < OUT_W) { y[first + 2u * quads] = activate(sum2 + bias); }
  if (ox + 3u < OUT_W) { y[first + 3u * quads] = activate(sum3 + bias); }
}
