// maxpool2d.forward, quads: one thread per four channels of some output pixels.
//
//   y[n,oy,ox,c]      = max over ky < POOL_H, kx < POOL_W of x[n, oy·STRIDE_H + ky·DILATION_H − PAD_TOP,
//                                                                ox·STRIDE_W + kx·DILATION_W − PAD_LEFT, c]
//   argmax[n,oy,ox,c] = (iy·IN_W + ix)·CHANNELS + c of the pixel chosen: the first maximum, window rows first
//
// Idea: 16-byte reads and writes, and several of them a thread. Where a processor plays the GPU, starting a workgroup costs
// as much as hundreds of its instructions.
//
// x: NHWC   y, argmax: NHWC      read as quads: CHANNELS is a multiple of 4; pixels outside x are left out
// grid: ⌈N·OUT_H·OUT_W·CHANNELS/16/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as
//       there are threads
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
  quads: u32, // of y
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> argmax: array<vec4u>;
@group(0) @binding(3) var<uniform> step: Step;

// Of the bits, because WGSL lets a compiler assume that no float is NaN, and so drop `v != v`.
fn isNan(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let quads = CHANNELS / 4u; // of a pixel
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    let q = i % quads;
    let ox = i / quads % OUT_W;
    let oy = i / (quads * OUT_W) % OUT_H;
    let n = i / (quads * OUT_W * OUT_H);
    let picture = n * IN_H * IN_W;

    var best = vec4f();
    var chosen = vec4u(NONE);
    for (var ky = 0u; ky < POOL_H; ky++) {
      for (var kx = 0u; kx < POOL_W; kx++) {
        // Left of and above the picture these wrap to huge numbers, so one comparison leaves out all padding.
        let iy = oy * STRIDE_H + ky * DILATION_H - PAD_TOP;
        let ix = ox * STRIDE_W + kx * DILATION_W - PAD_LEFT;
        if (iy < IN_H && ix < IN_W) {
          let pixel = iy * IN_W + ix;
          let value = x[(picture + pixel) * quads + q];
          let isLarger = (value > best) | (isNan(value) & !isNan(best)) | (chosen == vec4u(NONE));
          best = select(best, value, isLarger);
          chosen = select(chosen, pixel * CHANNELS + 4u * q + vec4u(0u, 1u, 2u, 3u), isLarger);
        }
      }
    }
    y[i] = best;
    argmax[i] = chosen;
  }
}
