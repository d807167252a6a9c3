// conv2d.forward, 5. tiles: for GPUs. A workgroup computes a tile of 128 pixels by 4·THREADS_C channels, and gets what it
// needs for it through workgroup memory; each thread holds 8 pixels by 4 channels in registers.
//
//   y[p, oc] = act( b[oc] + Σ_k x[pixel p moved by tap, ic] · f[k, oc] )     k = tap·IN_C + ic,  p = (n·OUT_H + oy)·OUT_W + ox
//
// Idea: this is a matrix product, pixels × k by k × channels, whose left matrix is never written down (implicit GEMM). The
// workgroup copies 16 columns of the one and 16 rows of the other, all its threads multiply them, and so on. A value that
// came from afar serves 128 pixels or 4·THREADS_C channels; one from workgroup memory serves 4 or 8 sums. Reads from afar
// are 16 bytes wide, and are under way while the tile before them is multiplied.
//
// x: NHWC   f: HWIO   b: OUT_C   y: NHWC      f32, row-major; reads outside x are zero; OUT_C is a multiple of 4
// grid: x ⌈OUT_C/(4·THREADS_C)⌉, y·z ⌈batch·OUT_H·OUT_W/128⌉ workgroups of THREADS_C×16
// cost: as 1, with 1/128 + 1/(4·THREADS_C) reads from afar a multiply-add; 13.6 KiB of workgroup memory with 16 THREADS_C
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
override THREADS_C: u32; // 8 or 16: threads along the channels

const PIXELS = 128u;
const THREADS_P = 16u;
const DEPTH = 16u; // of the k's, so many are in workgroup memory at a time
const DEPTH_QUADS = DEPTH / 4u;
const COLUMN = PIXELS + 2u; // two quads of padding: the 4 quads of a pixel fall into different memory banks

struct Step {
  pixels: u32, // batch·OUT_H·OUT_W
  // Loop bounds come from here, so that the compiler does not unroll the loops: that takes many seconds.
  terms: u32, // FILTER_H·FILTER_W·IN_C
  depthQuads: u32, // DEPTH_QUADS
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> x4: array<vec4f>; // x once more, for reads of 16 bytes
@group(0) @binding(2) var<storage, read> f: array<vec4f>;
@group(0) @binding(3) var<storage, read> b: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> step: Step;

// Where the window of a pixel begins. Left of and above x it wraps to huge numbers.
struct Corner {
  picture: u32, // its first row
  top: u32,
  left: u32,
}

var<workgroup> corners: array<Corner, PIXELS>;
var<workgroup> tileX: array<vec4f, DEPTH_QUADS * COLUMN>; // [quad of k][pixel]: 4 k's of one pixel
var<workgroup> tileF: array<vec4f, DEPTH * THREADS_C>; // [k][quad of channels]: 4 channels of one k

fn cornerAt(p: u32) -> Corner {
  let last = min(p, step.pixels - 1u);
  let oy = last / OUT_W % OUT_H;
  let ox = last % OUT_W;
  return Corner(last / OUT_W / OUT_H * IN_H, oy * STRIDE_H - PAD_TOP, ox * STRIDE_W - PAD_LEFT);
}

// Where the value of x that k stands for lies, or OUTSIDE.
const OUTSIDE = 0xffffffffu;
fn place(corner: Corner, k: u32) -> u32 {
  let tap = k / IN_C;
  let iy = corner.top + tap / FILTER_W * DILATION_H;
  let ix = corner.left + tap % FILTER_W * DILATION_W;
  let inside = iy < IN_H && ix < IN_W && k < step.terms;
  return select(OUTSIDE, ((corner.picture + iy) * IN_W + ix) * IN_C + k % IN_C, inside);
}

// 4 neighbouring k's: of one tap, and 16 bytes wide, where IN_C is a multiple of 4.
fn xAt(corner: Corner, k: u32) -> vec4f {
  if (IN_C % 4u == 0u) {
    let at = place(corner, k);
    return select(vec4f(), x4[at / 4u], at != OUTSIDE);
  }
  var values: vec4f;
  for (var j = 0u; j < 4u; j++) {
    let at = place(corner, k + j);
    values[j] = select(0.0, x[at], at != OUTSIDE);
  }
  return values;
}

fn fAt(k: u32, quad: u32) -> vec4f {
  return select(vec4f(), f[k * (OUT_C / 4u) + quad], k < step.terms && quad < OUT_C / 4u);
}

fn activate(value: vec4f) -> vec4f {
  switch (ACTIVATION) {
    case 1u: { return select(value, vec4f(), value <= vec4f()); } // NaN stays NaN
    case 2u: { return 1.0 / (1.0 + exp(-value)); }
    case 3u: { return tanh(clamp(value, vec4f(-10.0), vec4f(10.0))); }
    default: { return value; }
  }
}

@compute @workgroup_size(THREADS_C, THREADS_P)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let threads = THREADS_C * THREADS_P;
  let firstPixel = (group.z * groups.y + group.y) * PIXELS;
  let firstQuad = group.x * THREADS_C;
  for (var i = thread; i < PIXELS; i += threads) {
    corners[i] = cornerAt(firstPixel + i);
  }
  workgroupBarrier();
  // What this thread copies: the same quad of k's for some of the pixels, and one quad of channels.
  let xQuad = thread % DEPTH_QUADS;
  let xPixel = thread / DEPTH_QUADS;
  var nextX: array<vec4f, 4>; // 32/THREADS_C are used
  var sum: array<vec4f, 8>;
  for (var k = 0u; k < step.terms + DEPTH; k += DEPTH) {
    for (var i = 0u; i < 32u / THREADS_C; i++) {
      nextX[i] = xAt(corners[xPixel + i * (threads / DEPTH_QUADS)], k + 4u * xQuad);
    }
    let nextF = fAt(k + local.y, firstQuad + local.x);
    if (k > 0u) {
      for (var q = 0u; q < step.depthQuads; q++) {
        var weights: array<vec4f, 4>;
        for (var j = 0u; j < 4u; j++) {
          weights[j] = tileF[(4u * q + j) * THREADS_C + local.x];
        }
        for (var r = 0u; r < 8u; r++) {
          let input = tileX[q * COLUMN + r * THREADS_P + local.y];
          for (var j = 0u; j < 4u; j++) {
            sum[r] += input[j] * weights[j];
          }
        }
      }
    }
    workgroupBarrier();
    for (var i = 0u; i < 32u / THREADS_C; i++) {
      tileX[xQuad * COLUMN + xPixel + i * (threads / DEPTH_QUADS)] = nextX[i];
    }
    tileF[local.y * THREADS_C + local.x] = nextF;
    workgroupBarrier();
  }
  let quad = firstQuad + local.x;
  if (quad >= OUT_C / 4u) {
    return;
  }
  let bias = select(vec4f(), b[quad], HAS_BIAS);
  for (var r = 0u; r < 8u; r++) {
    let p = firstPixel + r * THREADS_P + local.y;
    if (p < step.pixels) {
      y[p * (OUT_C / 4u) + quad] = activate(sum[r] + bias);
    }
  }
}
