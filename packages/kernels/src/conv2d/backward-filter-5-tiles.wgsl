// conv2d.backwardFilter, 5. tiles: for GPUs. A workgroup computes a tile of 8·THREADS_R rows of df by 4·THREADS_C channels,
// over a part of the output pixels; sum-partials.wgsl adds the parts up.
//
//   partial[s, m, oc] = Σ_{p in part s} x[pixel p moved by tap, ic] · dy[p, oc]     m = tap·IN_C + ic: a row of df
//
// Idea: as in forward-5-tiles.wgsl; here the sum runs over pixels, 16 of which are in workgroup memory at a time. Results
// are few and the sum is long: parts make workgroups enough to fill a GPU, and are added in a fixed order.
//
// x: NHWC   dy: NHWC   partial: PARTS × HWIO      f32, row-major; reads outside x are zero; OUT_C is a multiple of 4
// grid: x ⌈OUT_C/(4·THREADS_C)⌉, y ⌈FILTER_H·FILTER_W·IN_C/(8·THREADS_R)⌉, z PARTS workgroups of THREADS_C×THREADS_R
// cost: as 1, with 1/(8·THREADS_R) + 1/(4·THREADS_C) reads from afar a multiply-add; at most 8 KiB of workgroup memory
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
override PARTS: u32;
override THREADS_R: u32; // 4 or 8: threads along the rows of df
override THREADS_C: u32; // 8 or 16: threads along the channels

const DEPTH = 16u; // pixels that are in workgroup memory at a time

struct Step {
  pixels: u32, // batch·OUT_H·OUT_W
  depthQuads: u32, // DEPTH/4; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> x4: array<vec4f>; // x once more, for reads of 16 bytes
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

var<workgroup> tileX: array<vec4f, DEPTH * 2u * THREADS_R>; // [pixel][quad of rows]
var<workgroup> tileDy: array<vec4f, DEPTH * THREADS_C>; // [pixel][quad of channels]

// Where the value of x that row m multiplies at output (n, oy, ox) lies, or OUTSIDE.
const OUTSIDE = 0xffffffffu;
fn place(n: u32, oy: u32, ox: u32, m: u32) -> u32 {
  let tap = m / IN_C;
  // Left of and above x the differences wrap to huge numbers.
  let iy = oy * STRIDE_H + tap / FILTER_W * DILATION_H - PAD_TOP;
  let ix = ox * STRIDE_W + tap % FILTER_W * DILATION_W - PAD_LEFT;
  let inside = iy < IN_H && ix < IN_W && m < FILTER_H * FILTER_W * IN_C;
  return select(OUTSIDE, ((n * IN_H + iy) * IN_W + ix) * IN_C + m % IN_C, inside);
}

// 4 neighbouring rows: of one tap, and 16 bytes wide, where IN_C is a multiple of 4.
fn xAt(p: u32, end: u32, m: u32) -> vec4f {
  let n = p / OUT_W / OUT_H;
  let oy = p / OUT_W % OUT_H;
  let ox = p % OUT_W;
  if (IN_C % 4u == 0u) {
    let at = place(n, oy, ox, m);
    return select(vec4f(), x4[at / 4u], at != OUTSIDE && p < end);
  }
  var values: vec4f;
  for (var j = 0u; j < 4u; j++) {
    let at = place(n, oy, ox, m + j);
    values[j] = select(0.0, x[at], at != OUTSIDE && p < end);
  }
  return values;
}

fn dyAt(p: u32, end: u32, quad: u32) -> vec4f {
  return select(vec4f(), dy[p * (OUT_C / 4u) + quad], p < end && quad < OUT_C / 4u);
}

@compute @workgroup_size(THREADS_C, THREADS_R)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let firstRow = group.y * 8u * THREADS_R;
  let firstQuad = group.x * THREADS_C;
  let pixelsOfPart = (step.pixels + PARTS - 1u) / PARTS;
  let begin = group.z * pixelsOfPart;
  let end = min(begin + pixelsOfPart, step.pixels);
  // What this thread copies: one quad of rows and one of channels, of some of the pixels.
  let xQuad = thread % (2u * THREADS_R);
  let xPixel = thread / (2u * THREADS_R);
  var nextX: array<vec4f, 4>; // 32/THREADS_C are used
  var nextDy: array<vec4f, 4>; // 16/THREADS_R are used
  var sum: array<vec4f, 8>;
  for (var p = begin; p < end + DEPTH; p += DEPTH) {
    for (var i = 0u; i < 32u / THREADS_C; i++) {
      nextX[i] = xAt(p + xPixel + i * (THREADS_C / 2u), end, firstRow + 4u * xQuad);
    }
    for (var i = 0u; i < DEPTH / THREADS_R; i++) {
      nextDy[i] = dyAt(p + local.y + i * THREADS_R, end, firstQuad + local.x);
    }
    if (p > begin) {
      for (var q = 0u; q < step.depthQuads; q++) {
        for (var j = 0u; j < 4u; j++) {
          let rowOfX = (4u * q + j) * 2u * THREADS_R + local.y;
          let input0 = tileX[rowOfX];
          let input1 = tileX[rowOfX + THREADS_R];
          let slope = tileDy[(4u * q + j) * THREADS_C + local.x];
          for (var r = 0u; r < 4u; r++) {
            sum[r] += input0[r] * slope;
            sum[4u + r] += input1[r] * slope;
          }
        }
      }
    }
    workgroupBarrier();
    for (var i = 0u; i < 32u / THREADS_C; i++) {
      tileX[(xPixel + i * (THREADS_C / 2u)) * 2u * THREADS_R + xQuad] = nextX[i];
    }
    for (var i = 0u; i < DEPTH / THREADS_R; i++) {
      tileDy[(local.y + i * THREADS_R) * THREADS_C + local.x] = nextDy[i];
    }
    workgroupBarrier();
  }
  let rows = FILTER_H * FILTER_W * IN_C;
  let quad = firstQuad + local.x;
  if (quad >= OUT_C / 4u) {
    return;
  }
  for (var r = 0u; r < 8u; r++) {
    let m = firstRow + (r / 4u * THREADS_R + local.y) * 4u + r % 4u;
    if (m < rows) {
      partial[(group.z * rows + m) * (OUT_C / 4u) + quad] = sum[r];
    }
  }
}
