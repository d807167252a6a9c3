// maxpool2d.forward: one thread per output element.
//
//   y[n,oy,ox,c]      = max over ky < POOL_H, kx < POOL_W of x[n, oy·STRIDE_H + ky·DILATION_H − PAD_TOP,
//                                                                ox·STRIDE_W + kx·DILATION_W − PAD_LEFT, c]
//   argmax[n,oy,ox,c] = (iy·IN_W + ix)·CHANNELS + c of the pixel chosen: the first maximum, window rows first
//
// x: NHWC   y, argmax: NHWC      pixels outside x count as −∞: they are left out
// grid: ⌈N·OUT_H·OUT_W·CHANNELS/64⌉ workgroups of 64, folded into two dimensions; neighbouring threads are neighbouring
//       channels, so their reads are neighbours too
// cost: POOL_H·POOL_W reads and comparisons, 8 bytes written an output element
// NaN: is the maximum, the first of a window's; told by its bits, see isNan
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

// No pixel chosen yet; no picture has that many. Every window holds at least one pixel, the geometry sees to that.
const NONE = 0xffffffffu;

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> argmax: array<u32>;
@group(0) @binding(3) var<uniform> step: Step;

// Of the bits, because WGSL lets a compiler assume that no float is NaN, and so drop `v != v`.
fn isNan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

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
  let picture = n * IN_H * IN_W * CHANNELS;

  var best = 0.0;
  var chosen = NONE;
  for (var ky = 0u; ky < POOL_H; ky++) {
    for (var kx = 0u; kx < POOL_W; kx++) {
      // Left of and above the picture these wrap to huge numbers, so one comparison leaves out all padding.
      let iy = oy * STRIDE_H + ky * DILATION_H - PAD_TOP;
      let ix = ox * STRIDE_W + kx * DILATION_W - PAD_LEFT;
      if (iy < IN_H && ix < IN_W) {
        let candidate = (iy * IN_W + ix) * CHANNELS + c;
        let value = x[picture + candidate];
        if (chosen == NONE || value > best || (isNan(value) && !isNan(best))) {
          best = value;
          chosen = candidate;
        }
      }
    }
  }
  y[i] = best;
  argmax[i] = chosen;
}
