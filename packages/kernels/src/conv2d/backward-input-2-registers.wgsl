// conv2d.backwardInput, 2. registers: one thread computes 8 neighbouring input pixels by 4 channels of dx.
//
//   dx[p, ic] = Σ_{tap,oc} dy[the output that read pixel p through tap, oc] · f[tap,ic,oc]     p = (n·IN_H + iy)·IN_W + ix
//
// Idea: as in forward-2-registers.wgsl, with the roles of input and output exchanged.
//
// dy: NHWC   f: HWIO   x, dx: NHWC      f32, row-major
// grid: x ⌈IN_C/4/8⌉, y·z ⌈⌈batch·IN_H·IN_W/8⌉/8⌉ workgroups of 8×8
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
override IS_RECTIFIED: bool; // without, any buffer may stand in for x

const PIXELS = 8u;

struct Step {
  pixels: u32, // batch·IN_H·IN_W
  // Loop bounds come from here, so that the compiler does not unroll the loops: that takes many seconds.
  taps: u32, // FILTER_H·FILTER_W
  channels: u32, // OUT_C
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> f: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let ic = (group.x * 8u + local.x) * 4u;
  let firstPixel = ((group.z * groups.y + group.y) * 8u + local.y) * PIXELS;
  if (ic >= IN_C || firstPixel >= step.pixels) {
    return;
  }
  // A channel beyond the last reads the last one's filter; it is not written.
  let c = min(vec4u(ic, ic + 1u, ic + 2u, ic + 3u), vec4u(IN_C - 1u)) * OUT_C;
  var bottom: array<u32, PIXELS>; // oy·STRIDE_H of the output that reads the pixel through the first tap
  var right: array<u32, PIXELS>;
  var picture: array<u32, PIXELS>;
  for (var r = 0u; r < PIXELS; r++) {
    let p = min(firstPixel + r, step.pixels - 1u);
    right[r] = p % IN_W + PAD_LEFT;
    bottom[r] = p / IN_W % IN_H + PAD_TOP;
    picture[r] = p / IN_W / IN_H;
  }
  var sum: array<vec4f, PIXELS>;
  for (var tap = 0u; tap < step.taps; tap++) {
    let fy = tap / FILTER_W * DILATION_H;
    let fx = tap % FILTER_W * DILATION_W;
    var base: array<u32, PIXELS>;
    var inside: array<bool, PIXELS>;
    for (var r = 0u; r < PIXELS; r++) {
      // Negative differences wrap to huge numbers and fail the test.
      let sy = bottom[r] - fy;
      let sx = right[r] - fx;
      let oy = sy / STRIDE_H;
      let ox = sx / STRIDE_W;
      inside[r] = sy % STRIDE_H == 0u && sx % STRIDE_W == 0u && oy < OUT_H && ox < OUT_W;
      base[r] = select(0u, ((picture[r] * OUT_H + oy) * OUT_W + ox) * OUT_C, inside[r]);
    }
    let fBase = tap * IN_C * OUT_C;
    for (var oc = 0u; oc < step.channels; oc++) {
      let k = fBase + oc;
      let weights = vec4f(f[k + c.x], f[k + c.y], f[k + c.z], f[k + c.w]);
      for (var r = 0u; r < PIXELS; r++) {
        sum[r] += select(0.0, dy[base[r] + oc], inside[r]) * weights;
      }
    }
  }
  for (var r = 0u; r < PIXELS; r++) {
    let p = firstPixel + r;
    if (p < step.pixels) {
      for (var j = 0u; j < 4u && ic + j < IN_C; j++) {
        let i = p * IN_C + ic + j;
        dx[i] = select(0.0, sum[r][j], !IS_RECTIFIED || x[i] > 0.0);
      }
    }
  }
}
