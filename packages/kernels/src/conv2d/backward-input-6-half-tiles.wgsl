// conv2d.backwardInput, 6. half tiles: for GPUs, with mixed precision. A workgroup computes a tile of 128 input pixels by
// 4·THREADS_C channels of dx from workgroup memory that holds f16.
//
//   dx[p, ic] = Σ_k h(1024·dy[the output that read pixel p through tap, oc]) · h(t[k, ic]) / 1024     k = tap·OUT_C + oc,  h: rounded to f16
//
// Idea: backward-input-5-tiles.wgsl, as forward-6-half-tiles.wgsl; gradients are small, so they are scaled into f16's range.
//
// dy: NHWC   t: HWOI   x, dx: NHWC      f32, row-major; reads outside dy are zero; IN_C is a multiple of 4
// grid: x ⌈IN_C/(4·THREADS_C)⌉, y·z ⌈batch·IN_H·IN_W/128⌉ workgroups of THREADS_C×16
// cost: as 5, with half the workgroup memory for the tiles
// checked against conv2d.reference.ts

enable f16;

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
override THREADS_C: u32; // 8 or 16: threads along the channels

const PIXELS = 128u;
const THREADS_P = 16u;
const DEPTH = 16u; // of the k's, so many are in workgroup memory at a time
const DEPTH_QUADS = DEPTH / 4u;
const COLUMN = PIXELS + 2u; // two quads of padding: the 4 quads of a pixel fall into different memory banks
// Gradients are stored times this, so that f16 holds them to its full precision from 6e-8 to 64.
const GRADIENT_SCALE = 1024.0;

struct Step {
  pixels: u32, // batch·IN_H·IN_W
  // Loop bounds come from here, so that the compiler does not unroll the loops: that takes many seconds.
  terms: u32, // FILTER_H·FILTER_W·OUT_C
  depthQuads: u32, // DEPTH_QUADS
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> dy4: array<vec4f>; // dy once more, for reads of 16 bytes
@group(0) @binding(2) var<storage, read> t: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(5) var<uniform> step: Step;

// oy·STRIDE_H and ox·STRIDE_W of the output that reads a pixel of x through the first tap.
struct Corner {
  picture: u32, // its first output row
  bottom: u32,
  right: u32,
}

var<workgroup> corners: array<Corner, PIXELS>;
var<workgroup> tileDy: array<vec4h, DEPTH_QUADS * COLUMN>; // [quad of k][pixel]: 4 k's of one pixel
var<workgroup> tileT: array<vec4h, DEPTH * THREADS_C>; // [k][quad of channels]: 4 channels of one k

fn cornerAt(p: u32) -> Corner {
  let last = min(p, step.pixels - 1u);
  return Corner(last / IN_W / IN_H * OUT_H, last / IN_W % IN_H + PAD_TOP, last % IN_W + PAD_LEFT);
}

// Where the gradient that k stands for lies, or OUTSIDE.
const OUTSIDE = 0xffffffffu;
fn place(corner: Corner, k: u32) -> u32 {
  let tap = k / OUT_C;
  // Negative differences wrap to huge numbers and fail the test.
  let sy = corner.bottom - tap / FILTER_W * DILATION_H;
  let sx = corner.right - tap % FILTER_W * DILATION_W;
  let oy = sy / STRIDE_H;
  let ox = sx / STRIDE_W;
  let inside = sy % STRIDE_H == 0u && sx % STRIDE_W == 0u && oy < OUT_H && ox < OUT_W && k < step.terms;
  return select(OUTSIDE, ((corner.picture + oy) * OUT_W + ox) * OUT_C + k % OUT_C, inside);
}

// 4 neighbouring k's: of one tap, and 16 bytes wide, where OUT_C is a multiple of 4.
fn dyAt(corner: Corner, k: u32) -> vec4f {
  if (OUT_C % 4u == 0u) {
    let at = place(corner, k);
    return select(vec4f(), dy4[at / 4u], at != OUTSIDE);
  }
  var values: vec4f;
  for (var j = 0u; j < 4u; j++) {
    let at = place(corner, k + j);
    values[j] = select(0.0, dy[at], at != OUTSIDE);
  }
  return values;
}

fn tAt(k: u32, quad: u32) -> vec4f {
  return select(vec4f(), t[k * (IN_C / 4u) + quad], k < step.terms && quad < IN_C / 4u);
}

// Rounded to f16. What is too large for it becomes its largest number; NaN stays NaN.
fn half(value: vec4f) -> vec4h {
  let most = vec4f(65504.0);
  return vec4h(select(select(value, most, value > most), -most, value < -most));
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
  let dyQuad = thread % DEPTH_QUADS;
  let dyPixel = thread / DEPTH_QUADS;
  var nextDy: array<vec4h, 4>; // 32/THREADS_C are used
  var sum: array<vec4f, 8>;
  for (var k = 0u; k < step.terms + DEPTH; k += DEPTH) {
    for (var i = 0u; i < 32u / THREADS_C; i++) {
      nextDy[i] = half(GRADIENT_SCALE * dyAt(corners[dyPixel + i * (threads / DEPTH_QUADS)], k + 4u * dyQuad));
    }
    let nextT = half(tAt(k + local.y, firstQuad + local.x));
    if (k > 0u) {
      for (var q = 0u; q < step.depthQuads; q++) {
        var weights: array<vec4f, 4>;
        for (var j = 0u; j < 4u; j++) {
          weights[j] = vec4f(tileT[(4u * q + j) * THREADS_C + local.x]);
        }
        for (var r = 0u; r < 8u; r++) {
          let slope = vec4f(tileDy[q * COLUMN + r * THREADS_P + local.y]);
          for (var j = 0u; j < 4u; j++) {
            sum[r] += slope[j] * weights[j];
          }
        }
      }
    }
    workgroupBarrier();
    for (var i = 0u; i < 32u / THREADS_C; i++) {
      tileDy[dyQuad * COLUMN + dyPixel + i * (threads / DEPTH_QUADS)] = nextDy[i];
    }
    tileT[local.y * THREADS_C + local.x] = nextT;
    workgroupBarrier();
  }
  let quad = firstQuad + local.x;
  if (quad >= IN_C / 4u) {
    return;
  }
  for (var r = 0u; r < 8u; r++) {
    let p = firstPixel + r * THREADS_P + local.y;
    if (p < step.pixels) {
      let i = p * (IN_C / 4u) + quad;
      dx[i] = select(vec4f(), sum[r] / GRADIENT_SCALE, vec4<bool>(!IS_RECTIFIED) | (x[i] > vec4f()));
    }
  }
}
