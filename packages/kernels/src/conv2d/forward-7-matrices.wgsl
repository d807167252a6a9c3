// conv2d.forward, 7. matrices: for GPUs that multiply matrices in hardware, with mixed precision. Four subgroups compute a tile
// of 64 pixels by 64 channels, 32 by 32 each. Never run yet: no adapter at hand had subgroup matrices.
//
//   y[p, oc] = act( b[oc] + Σ_k h(x[pixel p moved by tap, ic]) · h(f[k, oc]) )     k = tap·IN_C + ic,  h: rounded to f16
//
// Idea: forward-6-half-tiles.wgsl, whose innermost loops are one instruction here: a subgroup multiplies two matrices of 16×16
// and adds to a third, which is spread over the registers of its lanes. How, only the device knows; so results go through
// workgroup memory before bias and activation are applied.
//
// x: NHWC   f: HWIO   b: OUT_C   y: NHWC      f32, row-major; reads outside x are zero; OUT_C is a multiple of 4
// grid: x ⌈OUT_C/64⌉, y·z ⌈batch·OUT_H·OUT_W/64⌉ workgroups of 4 subgroups
// cost: as 1, with 2/64 reads from afar a multiply-add; 14.3 KiB of workgroup memory
// checked against conv2d.reference.ts

enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;

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
override THREADS: u32 = 128; // of 4 subgroups

const PIXELS = 64u;
const CHANNELS = 64u;
const DEPTH = 32u; // of the k's, so many are in workgroup memory at a time
const UNIT = 16u; // rows and columns of a matrix
const ROW_X = DEPTH + 8u; // 16 bytes of padding: neighbouring rows fall into different memory banks
const ROW_F = CHANNELS + 8u;

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;

struct Step {
  pixels: u32, // batch·OUT_H·OUT_W
  terms: u32, // FILTER_H·FILTER_W·IN_C
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
var<workgroup> tileX: array<f16, PIXELS * ROW_X>; // [pixel][k]
var<workgroup> tileF: array<f16, DEPTH * ROW_F>; // [k][channel]
var<workgroup> results: array<f32, 4u * UNIT * UNIT>; // [subgroup][pixel][channel]: a matrix of each

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

// Rounded to f16. What is too large for it becomes its largest number; NaN stays NaN.
fn half(value: vec4f) -> vec4h {
  let most = vec4f(65504.0);
  return vec4h(select(select(value, most, value > most), -most, value < -most));
}

fn activate(value: vec4f) -> vec4f {
  switch (ACTIVATION) {
    case 1u: { return select(value, vec4f(), value <= vec4f()); } // NaN stays NaN
    case 2u: { return 1.0 / (1.0 + exp(-value)); }
    case 3u: { return tanh(clamp(value, vec4f(-10.0), vec4f(10.0))); }
    default: { return value; }
  }
}

// Writes the matrix that each subgroup has in results; its first pixel and channel are those of the subgroup, and these more.
fn write(thread: u32, firstPixel: u32, firstQuad: u32, morePixels: u32, moreQuads: u32) {
  for (var i = thread; i < UNIT * UNIT; i += THREADS) {
    let subgroup = i / 64u;
    let p = firstPixel + subgroup / 2u * 32u + morePixels + i / 4u % UNIT;
    let quad = firstQuad + subgroup % 2u * 8u + moreQuads + i % 4u;
    if (p < step.pixels && quad < OUT_C / 4u) {
      let sum = vec4f(results[4u * i], results[4u * i + 1u], results[4u * i + 2u], results[4u * i + 3u]);
      y[p * (OUT_C / 4u) + quad] = activate(sum + select(vec4f(), b[quad], HAS_BIAS));
    }
  }
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let firstPixel = (group.z * groups.y + group.y) * PIXELS;
  let firstQuad = group.x * (CHANNELS / 4u);
  for (var i = thread; i < PIXELS; i += THREADS) {
    corners[i] = cornerAt(firstPixel + i);
  }
  workgroupBarrier();
  let pixels = subgroup / 2u * 32u * ROW_X;
  let channels = subgroup % 2u * 32u;
  var sum00: Sum;
  var sum01: Sum;
  var sum10: Sum;
  var sum11: Sum;
  for (var k = 0u; k < step.terms; k += DEPTH) {
    for (var i = thread; i < PIXELS * (DEPTH / 4u); i += THREADS) {
      let pixel = i / (DEPTH / 4u);
      let quad = i % (DEPTH / 4u);
      let values = half(xAt(corners[pixel], k + 4u * quad));
      for (var j = 0u; j < 4u; j++) {
        tileX[pixel * ROW_X + 4u * quad + j] = values[j];
      }
    }
    for (var i = thread; i < DEPTH * (CHANNELS / 4u); i += THREADS) {
      let row = i / (CHANNELS / 4u);
      let quad = i % (CHANNELS / 4u);
      let values = half(fAt(k + row, firstQuad + quad));
      for (var j = 0u; j < 4u; j++) {
        tileF[row * ROW_F + 4u * quad + j] = values[j];
      }
    }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d += UNIT) {
      let left0 = subgroupMatrixLoad<Left, row_major>(&tileX, pixels + d, ROW_X);
      let left1 = subgroupMatrixLoad<Left, row_major>(&tileX, pixels + UNIT * ROW_X + d, ROW_X);
      let right0 = subgroupMatrixLoad<Right, row_major>(&tileF, d * ROW_F + channels, ROW_F);
      let right1 = subgroupMatrixLoad<Right, row_major>(&tileF, d * ROW_F + channels + UNIT, ROW_F);
      sum00 = subgroupMatrixMultiplyAccumulate(left0, right0, sum00);
      sum01 = subgroupMatrixMultiplyAccumulate(left0, right1, sum01);
      sum10 = subgroupMatrixMultiplyAccumulate(left1, right0, sum10);
      sum11 = subgroupMatrixMultiplyAccumulate(left1, right1, sum11);
    }
    workgroupBarrier();
  }
  let place = subgroup * UNIT * UNIT;
  subgroupMatrixStore<row_major>(&results, place, sum00, UNIT);
  workgroupBarrier();
  write(thread, firstPixel, firstQuad, 0u, 0u);
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&results, place, sum01, UNIT);
  workgroupBarrier();
  write(thread, firstPixel, firstQuad, 0u, UNIT / 4u);
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&results, place, sum10, UNIT);
  workgroupBarrier();
  write(thread, firstPixel, firstQuad, UNIT, 0u);
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&results, place, sum11, UNIT);
  workgroupBarrier();
  write(thread, firstPixel, firstQuad, UNIT, UNIT / 4u);
}
