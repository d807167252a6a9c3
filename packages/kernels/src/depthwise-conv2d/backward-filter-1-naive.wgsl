// depthwise-conv2d.backwardFilter, 1. naive: one thread per element of df, which walks over all pictures and pixels.
//
//   df[fy,fx,c,m] = Σ_{n,oy,ox} x[n, oy·STRIDE_H + fy·DILATION_H − PAD_TOP,
//                                    ox·STRIDE_W + fx·DILATION_W − PAD_LEFT, c] · dy[n,oy,ox,c·MULTIPLIER + m]
//
// x: NHWC   dy: NHWC   df: rows, columns, channels, MULTIPLIER      f32, row-major; reads outside x are zero
// grid: ⌈FILTER_H·FILTER_W·OUT_C/64⌉ workgroups of 64, folded into two dimensions
// cost: 2·batch·OUT_H·OUT_W·OUT_C·FILTER_H·FILTER_W flop, in few long threads: see backward-filter-2-quads.wgsl
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

struct Step {
  batch: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> df: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= FILTER_H * FILTER_W * OUT_C) {
    return;
  }
  let oc = i % OUT_C;
  let fx = i / OUT_C % FILTER_W;
  let fy = i / OUT_C / FILTER_W;
  let c = oc / MULTIPLIER;
  var sum = 0.0;
  for (var n = 0u; n < step.batch; n++) {
    for (var oy = 0u; oy < OUT_H; oy++) {
      // Rows and columns before the first wrap to huge numbers and fail the tests.
      let iy = oy * STRIDE_H + fy * DILATION_H - PAD_TOP;
      if (iy >= IN_H) {
        continue;
      }
      var row = 0.0;
      for (var ox = 0u; ox < OUT_W; ox++) {
        let ix = ox * STRIDE_W + fx * DILATION_W - PAD_LEFT;
        if (ix < IN_W) {
          row += x[((n * IN_H + iy) * IN_W + ix) * IN_C + c] * dy[((n * OUT_H + oy) * OUT_W + ox) * OUT_C + oc];
        }
      }
      // A sum of row sums: the rounding error grows with the rows, not with the pixels.
      sum += row;
    }
  }
  df[i] = sum;
}
