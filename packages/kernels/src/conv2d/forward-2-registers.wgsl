// conv2d.forward, 2. registers: one thread computes 8 neighbouring pixels by 4 channels.
//
//   y[p, oc] = act( b[oc] + Σ_{tap,ic} x[pixel p moved by tap, ic] · f[tap,ic,oc] )     p = (n·OUT_H + oy)·OUT_W + ox
//
// Idea: an input value that was read once serves 4 channels, a filter value 8 pixels, so that 32 multiply-adds cost
// 12 reads and not 64. No workgroup memory and no barriers, which cost a processor that plays the GPU more than they save.
//
// x: NHWC   f: HWIO   b: OUT_C   y: NHWC      f32, row-major; reads outside x are zero
// grid: x ⌈OUT_C/4/8⌉, y·z ⌈⌈batch·OUT_H·OUT_W/8⌉/8⌉ workgroups of 8×8
// cost: as 1, with 12/64 of the reads
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

const PIXELS = 8u;

struct Step {
  pixels: u32, // batch·OUT_H·OUT_W
  // Loop bounds come from here, so that the compiler does not unroll the loops: that takes many seconds.
  taps: u32, // FILTER_H·FILTER_W
  channels: u32, // IN_C
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> f: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

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

@compute @workgroup_size(8, 8)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let oc = (group.x * 8u + local.x) * 4u;
  let firstPixel = ((group.z * groups.y + group.y) * 8u + local.y) * PIXELS;
  if (oc >= OUT_C || firstPixel >= step.pixels) {
    return;
  }
  // A channel beyond the last reads the last one's filter; it is not written.
  let c = min(vec4u(oc, oc + 1u, oc + 2u, oc + 3u), vec4u(OUT_C - 1u));
  var top: array<i32, PIXELS>; // where each pixel's window begins
  var left: array<i32, PIXELS>;
  var picture: array<u32, PIXELS>;
  for (var r = 0u; r < PIXELS; r++) {
    let p = min(firstPixel + r, step.pixels - 1u);
    let ox = p % OUT_W;
    let oy = p / OUT_W % OUT_H;
    picture[r] = p / OUT_W / OUT_H;
    top[r] = i32(oy * STRIDE_H) - i32(PAD_TOP);
    left[r] = i32(ox * STRIDE_W) - i32(PAD_LEFT);
  }
  var sum: array<vec4f, PIXELS>;
  for (var tap = 0u; tap < step.taps; tap++) {
    let fy = i32(tap / FILTER_W * DILATION_H);
    let fx = i32(tap % FILTER_W * DILATION_W);
    var base: array<u32, PIXELS>;
    var inside: array<bool, PIXELS>;
    for (var r = 0u; r < PIXELS; r++) {
      let iy = top[r] + fy;
      let ix = left[r] + fx;
      inside[r] = iy >= 0 && iy < i32(IN_H) && ix >= 0 && ix < i32(IN_W);
      base[r] = select(0u, ((picture[r] * IN_H + u32(iy)) * IN_W + u32(ix)) * IN_C, inside[r]);
    }
    for (var ic = 0u; ic < step.channels; ic++) {
      let fBase = (tap * IN_C + ic) * OUT_C;
      let weights = vec4f(f[fBase + c.x], f[fBase + c.y], f[fBase + c.z], f[fBase + c.w]);
      for (var r = 0u; r < PIXELS; r++) {
        sum[r] += select(0.0, x[base[r] + ic], inside[r]) * weights;
      }
    }
  }
  for (var r = 0u; r < PIXELS; r++) {
    let p = firstPixel + r;
    if (p < step.pixels) {
      for (var j = 0u; j < 4u && oc + j < OUT_C; j++) {
        y[p * OUT_C + oc + j] = activate(sum[r][j] + biasOf(oc + j));
      }
    }
  }
}
