// maxpool2d.backward: one thread per input element gathers from the windows that hold it; no atomics, fixed order.
//
//   dx[n,iy,ix,c] = Σ dy[n,oy,ox,c] over the windows (oy, ox) with argmax[n,oy,ox,c] = (iy·IN_W + ix)·CHANNELS + c
//
// Where a rectifier made x, dx is the gradient before it: 0 where x is, which the maximum y of the window tells.
//
// argmax, dy, y: NHWC of the output   dx: NHWC of the input
// grid: ⌈N·IN_H·IN_W·CHANNELS/64⌉ workgroups of 64, folded into two dimensions; neighbouring threads are neighbouring
//       channels
// cost: a read of argmax for each window that spans the pixel, ⌈POOL_H/STRIDE_H⌉·⌈POOL_W/STRIDE_W⌉ without dilation, and
//       one of dy for each that chose it; 4 bytes written an input element
// checked against maxpool2d.reference.ts

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
override IS_RECTIFIED: bool; // without, any buffer may stand in for y

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> argmax: array<u32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

// The first of the windows that span the padded coordinate t, holes included: ⌈(t − span + 1)/stride⌉, not below 0.
fn firstWindow(t: u32, pool: u32, dilation: u32, stride: u32) -> u32 {
  let span = (pool - 1u) * dilation + 1u;
  return select((t - span) / stride + 1u, 0u, t < span);
}

// One after the last of them.
fn endWindow(t: u32, stride: u32, count: u32) -> u32 {
  return min(t / stride + 1u, count);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let c = i % CHANNELS;
  let ix = i / CHANNELS % IN_W;
  let iy = i / (CHANNELS * IN_W) % IN_H;
  let n = i / (CHANNELS * IN_W * IN_H);
  let own = (iy * IN_W + ix) * CHANNELS + c;

  let oyEnd = endWindow(iy + PAD_TOP, STRIDE_H, OUT_H);
  let oxFirst = firstWindow(ix + PAD_LEFT, POOL_W, DILATION_W, STRIDE_W);
  let oxEnd = endWindow(ix + PAD_LEFT, STRIDE_W, OUT_W);
  var sum = 0.0;
  for (var oy = firstWindow(iy + PAD_TOP, POOL_H, DILATION_H, STRIDE_H); oy < oyEnd; oy++) {
    for (var ox = oxFirst; ox < oxEnd; ox++) {
      let o = ((n * OUT_H + oy) * OUT_W + ox) * CHANNELS + c;
      // Nor was a pixel chosen that lies in a hole of the window.
      if (argmax[o] == own && (!IS_RECTIFIED || y[o] > 0.0)) {
        sum += dy[o];
      }
    }
  }
  dx[i] = sum;
}
