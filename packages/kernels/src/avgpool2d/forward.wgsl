// avgpool2d.forward: one thread per output element.
//
//   y[n,oy,ox,c] = 1/P(oy,ox) · Σ_{ky < POOL_H, kx < POOL_W} x[n, oy·STRIDE_H+ky−PAD_TOP, ox·STRIDE_W+kx−PAD_LEFT, c]
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

  // The window's pixels inside the picture: at least one, the geometry sees to that.
  let top = max(oy * STRIDE_H, PAD_TOP) - PAD_TOP;
  let left = max(ox * STRIDE_W, PAD_LEFT) - PAD_LEFT;
  let bottom = min(oy * STRIDE_H + POOL_H - PAD_TOP, IN_H);
  let right = min(ox * STRIDE_W + POOL_W - PAD_LEFT, IN_W);

  var sum = 0.0;
  for (var iy = top; iy < bottom; iy++) {
    for (var ix = left; ix < right; ix++) {
      sum += x[((n * IN_H + iy) * IN_W + ix) * CHANNELS + c];
    }
  }
  y[i] = sum / f32((bottom - top) * (right - left));
}
