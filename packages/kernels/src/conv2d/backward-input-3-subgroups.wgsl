// conv2d.backwardInput, 3. subgroups: 8 lanes compute 32 neighbouring input pixels by 32 channels of dx, and share what
// they read.
//
//   dx[p, ic] = Σ_{tap,oc} dy[the output that read pixel p through tap, oc] · t[tap,oc,ic]     p = (n·IN_H + iy)·IN_W + ix
//
// Idea: as in forward-3-subgroups.wgsl, with the roles of input and output exchanged. The filter comes with its channels
// exchanged too (transpose-filter.wgsl), so that neighbouring lanes read neighbouring words.
//
// dy: NHWC   t: HWOI   x, dx: NHWC      f32, row-major; IN_C is a multiple of 4
// grid: x ⌈IN_C/32⌉, y·z ⌈batch·IN_H·IN_W/32⌉ workgroups of 8, one subgroup each
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
override IS_RECTIFIED: bool; // without, any buffer may stand in for x

struct Step {
  pixels: u32, // batch·IN_H·IN_W
  // Loop bounds come from here, so that the compiler does not unroll the loops: that takes many seconds.
  taps: u32, // FILTER_H·FILTER_W
  channels: u32, // OUT_C
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

// The pixel of x for which a lane reads gradients: oy·STRIDE_H and ox·STRIDE_W of the output that reads it through the
// first tap.
struct Pixel {
  picture: u32, // its first output row
  bottom: u32,
  right: u32,
}

fn pixelAt(p: u32) -> Pixel {
  let last = min(p, step.pixels - 1u);
  return Pixel(last / IN_W / IN_H * OUT_H, last / IN_W % IN_H + PAD_TOP, last % IN_W + PAD_LEFT);
}

// Where the gradients of the output that reads the pixel through the tap begin, or OUTSIDE.
const OUTSIDE = 0xffffffffu;
fn place(pixel: Pixel, fy: u32, fx: u32) -> u32 {
  // Negative differences wrap to huge numbers and fail the test.
  let sy = pixel.bottom - fy;
  let sx = pixel.right - fx;
  let oy = sy / STRIDE_H;
  let ox = sx / STRIDE_W;
  let inside = sy % STRIDE_H == 0u && sx % STRIDE_W == 0u && oy < OUT_H && ox < OUT_W;
  return select(OUTSIDE, ((pixel.picture + oy) * OUT_W + ox) * OUT_C, inside);
}

fn dyAt(base: u32, oc: u32) -> f32 {
  return select(0.0, dy[base + oc], base != OUTSIDE);
}

// Adds to 8 pixels, whose gradients the 8 lanes hold. subgroupBroadcast wants a constant lane, so there is no loop.
fn addProducts(sum: ptr<function, array<vec4f, 8>>, slope: f32, weights: vec4f) {
  (*sum)[0] += subgroupBroadcast(slope, 0u) * weights;
  (*sum)[1] += subgroupBroadcast(slope, 1u) * weights;
  (*sum)[2] += subgroupBroadcast(slope, 2u) * weights;
  (*sum)[3] += subgroupBroadcast(slope, 3u) * weights;
  (*sum)[4] += subgroupBroadcast(slope, 4u) * weights;
  (*sum)[5] += subgroupBroadcast(slope, 5u) * weights;
  (*sum)[6] += subgroupBroadcast(slope, 6u) * weights;
  (*sum)[7] += subgroupBroadcast(slope, 7u) * weights;
}

fn write(sum: ptr<function, array<vec4f, 8>>, firstPixel: u32, quad: u32) {
  for (var r = 0u; r < 8u && firstPixel + r < step.pixels; r++) {
    let i = (firstPixel + r) * (IN_C / 4u) + quad;
    dx[i] = select(vec4f(), (*sum)[r], vec4<bool>(!IS_RECTIFIED) | (x[i] > vec4f()));
  }
}

@compute @workgroup_size(8)
fn main(
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let quads = IN_C / 4u;
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
    for (var oc = 0u; oc < step.channels; oc++) {
      // All reads before all sums: measured a quarter faster than in turn.
      let weights = t[(tap * OUT_C + oc) * quads + column];
      let slope0 = dyAt(base0, oc);
      let slope1 = dyAt(base1, oc);
      let slope2 = dyAt(base2, oc);
      let slope3 = dyAt(base3, oc);
      addProducts(&sum0, slope0, weights);
      addProducts(&sum1, slope1, weights);
      addProducts(&sum2, slope2, weights);
      addProducts(&sum3, slope3, weights);
    }
  }
  if (quad < quads) {
    write(&sum0, firstPixel, quad);
    write(&sum1, firstPixel + 8u, quad);
    write(&sum2, firstPixel + 16u, quad);
    write(&sum3, firstPixel + 24u, quad);
  }
}
