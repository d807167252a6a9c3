// avgpool2d.forward: one thread per output element.
//
//   y[n,oy,ox,c] = 1/P(oy,ox) · Σ_{ky < POOL_H, kx < POOL_W} x[n, oy·STRIDE_H + ky·DILATION_H − PAD_TOP,
//                                                                ox·STRIDE_W + kx·DILATION_W − PAD_LEFT, c]
//
// where only the P(oy,ox) pixels inside x are summed: padding is not counted (TensorFlow's rule)
// x: NHWC   y: NHWC
// grid: ⌈N·OUT_H·OUT_W·CHANNELS/64⌉ workgroups of 64, folded into two dimensions; neighbouring threads are neighbouring
//       channels, so their reads are neighbours too
// cost: POOL_H·POOL_W reads and additions, 4 bytes written an output element
// checked against avgpool2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override CHANNELS: u32;
override POOL_H: u32;
override POOL_W: u32;
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;
override OUT_H: u32;
override OUT_W: u32;

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let c = i % CHANNELS;
  let ox = i / CHANNELS % OUT_W;
  let oy = i / (CHANNELS * OUT_W) % OUT_H;
  let n = i / (CHANNELS * OUT_W * OUT_H);

  var sum = 0.0;
  var pixels = 0u;
  for (var ky = 0u; ky < POOL_H; ky++) {
    for (var kx = 0u; kx < POOL_W; kx++) {
      // Left of and above the picture these wrap to huge numbers, so one comparison leaves out all padding.
      let iy = oy * STRIDE_H + ky * DILATION_H - PAD_TOP;
      let ix = ox * STRIDE_W + kx * DILATION_W - PAD_LEFT;
      if (iy < IN_H && ix < IN_W) {
        sum += x[((n * IN_H + iy) * IN_W + ix) * CHANNELS + c];
        pixels++;
      }
    }
  }
  // At least one, the geometry sees to that.
  y[i] = sum / f32(pixels);
}
