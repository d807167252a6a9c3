// conv2d.forward, 3. subgroups: 8 lanes compute 32 neighbouring pixels by 32 channels, and share what they read.
//
//   y[p, oc] = act( b[oc] + Σ_{tap,ic} x[pixel p moved by tap, ic] · f[tap,ic,oc] )     p = (n·OUT_H + oy)·OUT_W + ox
//
// Idea: each lane owns 4 channels of 32 pixels. For each (tap, ic) it reads the filter for its channels, and the input of
// only 4 of the pixels; the other 28 come from the other lanes by subgroupBroadcast, which costs a register move where a
// read costs a memory access. 128 multiply-adds a lane for 8 reads; no workgroup memory, no barriers.
//
// x: NHWC   f: HWIO   b: OUT_C   y: NHWC      f32, row-major; reads outside x are zero; OUT_C is a multiple of 4
// grid: x ⌈OUT_C/32⌉, y·z ⌈batch·OUT_H·OUT_W/32⌉ workgroups of 8, one subgroup each
// cost: as 1, with 8/256 of the reads
// checked against conv2d.reference.ts

enable subgroups;

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
  pixels: u32, // batch·OUT_H·OUT_W
  // Loop bounds come from here, so that the compiler does not unroll the loops: that takes many seconds.
  taps: u32, // FILTER_H·FILTER_W
  channels: u32, // IN_C
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> f: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

// The pixel whose input a lane reads for everyone: where its window begins. Left of and above x it wraps to huge numbers.
struct Pixel {
  picture: u32, // its first row
  top: u32,
  left: u32,
}

fn pixelAt(p: u32) -> Pixel {
  let last = min(p, step.pixels - 1u);
  let oy = last / OUT_W % OUT_H;
  let ox = last % OUT_W;
  return Pixel(last / OUT_W / OUT_H * IN_H, oy * STRIDE_H - PAD_TOP, ox * STRIDE_W - PAD_LEFT);
}

// Where the values of a pixel of x begin, or OUTSIDE.
const OUTSIDE = 0xffffffffu;
fn place(pixel: Pixel, fy: u32, fx: u32) -> u32 {
  let iy = pixel.top + fy;
  let ix = pixel.left + fx;
  return select(OUTSIDE, ((pixel.picture + iy) * IN_W + ix) * IN_C, iy < IN_H && ix < IN_W);
}

fn xAt(base: u32, ic: u32) -> f32 {
  return select(0.0, x[base + ic], base != OUTSIDE);
}

// Adds to 8 pixels, whose inputs the 8 lanes hold. subgroupBroadcast wants a constant lane, so there is no loop.
fn addProducts(sum: ptr<function, array<vec4f, 8>>, input: f32, weights: vec4f) {
  (*sum)[0] += subgroupBroadcast(input, 0u) * weights;
  (*sum)[1] += subgroupBroadcast(input, 1u) * weights;
  (*sum)[2] += subgroupBroadcast(input, 2u) * weights;
  (*sum)[3] += subgroupBroadcast(input, 3u) * weights;
  (*sum)[4] += subgroupBroadcast(input, 4u) * weights;
  (*sum)[5] += subgroupBroadcast(input, 5u) * weights;
  (*sum)[6] += subgroupBroadcast(input, 6u) * weights;
  (*sum)[7] += subgroupBroadcast(input, 7u) * weights;
}

fn activate(value: vec4f) -> vec4f {
  switch (ACTIVATION) {
    case 1u: { return select(value, vec4f(), value <= vec4f()); } // NaN stays NaN
    case 2u: { return 1.0 / (1.0 + exp(-value)); }
    case 3u: { return tanh(clamp(value, vec4f(-10.0), vec4f(10.0))); }
    default: { return value; }
  }
}

fn write(sum: ptr<function, array<vec4f, 8>>, firstPixel: u32, quad: u32) {
  let bias = select(vec4f(), b[quad], HAS_BIAS);
  for (var r = 0u; r < 8u && firstPixel + r < step.pixels; r++) {
    y[(firstPixel + r) * (OUT_C / 4u) + quad] = activate((*sum)[r] + bias);
  }
}

@compute @workgroup_size(8)
fn main(
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let quads = OUT_C / 4u;
  let quad = group.x * 8u + lane;
  let firstPixel = (group.z * groups.y + group.y) * 32u;
  // All lanes go on to the end, even those beyond the last channel: the others need what they read.
  let column = min(quad, quads - 1u);
  let pixel0 = pixelAt(firstPixel + lane);
  let pixel1 = pixelAt(firstPixel + 8u + lane);
  let pixel2 = pixelAt(firstPixel + 16u + lane);
  let pixel3 = pixelAt(firstPixel + 24u + lane);
  var sum0: array<vec4f, 8>;
  var sum1: array<vec4f, 8>;
  var sum2: array<vec4f, 8>;
  var sum3: array<vec4f, 8>;
  for (var tap = 0u; tap < step.taps; tap++) {
    let fy = tap / FILTER_W * DILATION_H;
    let fx = tap % FILTER_W * DILATION_W;
    let base0 = place(pixel0, fy, fx);
    let base1 = place(pixel1, fy, fx);
    let base2 = place(pixel2, fy, fx);
    let base3 = place(pixel3, fy, fx);
    for (var ic = 0u; ic < step.channels; ic++) {
      let weights = f[(tap * IN_C + ic) * quads + column];
      // All reads before all sums: measured a quarter faster than in turn.
      let x0 = xAt(base0, ic);
      let x1 = xAt(base1, ic);
      let x2 = xAt(base2, ic);
      let x3 = xAt(base3, ic);
      addProducts(&sum0, x0, weights);
      addProducts(&sum1, x1, weights);
      addProducts(&sum2, x2, weights);
      addProducts(&sum3, x3, weights);
    }
  }
  if (quad < quads) {
    write(&sum0, firstPixel, quad);
    write(&sum1, firstPixel + 8u, quad);
    write(&sum2, firstPixel + 16u, quad);
    write(&sum3, firstPixel + 24u, quad);
  }
}
