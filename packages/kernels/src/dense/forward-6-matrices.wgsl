// dense.forward, 6. matrices: for GPUs that multiply matrices in hardware, with mixed precision. Four subgroups compute a tile of
// 32 rows by 64 outputs over a part of the inputs, 16 by 32 each. Never run yet: no adapter at hand had subgroup matrices.
//
//   y[n,o] = act( b[o] + Σ_i h(x[n,i]) · h(w[i,o]) )      h: rounded to f16;  of several parts: y[s,n,o] = Σ_{i in part s} …
//
// Idea: forward-5-half-tiles.wgsl, as conv2d/forward-7-matrices.wgsl; sum-parts.wgsl adds the parts up.
//
// x: rows × IN   w: IN × OUT   b: OUT   y: parts × rows × OUT      f32, row-major; IN and OUT are multiples of 4
// grid: x ⌈OUT/64⌉, y·z parts·⌈rows/32⌉ workgroups of 4 subgroups
// cost: as 4; 11 KiB of workgroup memory
// checked against dense.reference.ts

enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;

override IN: u32;
override OUT: u32;
override ACTIVATION: u32; // 0 linear, 1 relu, 2 sigmoid, 3 tanh
override HAS_BIAS: bool; // without, any buffer may stand in for b
override THREADS: u32 = 128; // of 4 subgroups

const ROWS = 32u;
const OUTPUTS = 64u;
const DEPTH = 32u; // inputs that are in workgroup memory at a time
const UNIT = 16u; // rows and columns of a matrix
const ROW_X = DEPTH + 8u; // 16 bytes of padding: neighbouring rows fall into different memory banks
const ROW_W = OUTPUTS + 8u;

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;

struct Step {
  rows: u32,
  parts: u32,
  inputsOfPart: u32, // a multiple of 4
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

var<workgroup> tileX: array<f16, ROWS * ROW_X>; // [row][input]
var<workgroup> tileW: array<f16, DEPTH * ROW_W>; // [input][output]
var<workgroup> results: array<f32, 4u * UNIT * UNIT>; // [subgroup][row][output]: a matrix of each

fn xAt(n: u32, i: u32, end: u32) -> vec4f {
  return select(vec4f(), x[(n * IN + i) / 4u], n < step.rows && i < end);
}

fn wAt(i: u32, quad: u32, end: u32) -> vec4f {
  return select(vec4f(), w[i * (OUT / 4u) + quad], i < end && quad < OUT / 4u);
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

// Writes the matrix that each subgroup has in results; its first output is that of the subgroup, and so many quads more.
fn write(thread: u32, part: u32, firstRow: u32, firstQuad: u32, moreQuads: u32) {
  for (var i = thread; i < UNIT * UNIT; i += THREADS) {
    let subgroup = i / 64u;
    let n = firstRow + subgroup / 2u * UNIT + i / 4u % UNIT;
    let quad = firstQuad + subgroup % 2u * 8u + moreQuads + i % 4u;
    if (n < step.rows && quad < OUT / 4u) {
      let sum = vec4f(results[4u * i], results[4u * i + 1u], results[4u * i + 2u], results[4u * i + 3u]);
      let k = (part * step.rows + n) * (OUT / 4u) + quad;
      if (step.parts == 1u) {
        y[k] = activate(sum + select(vec4f(), b[quad], HAS_BIAS));
      } else {
        y[k] = sum;
      }
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
  let block = group.z * groups.y + group.y;
  let part = block % step.parts;
  let firstRow = block / step.parts * ROWS;
  let firstQuad = group.x * (OUTPUTS / 4u);
  let begin = part * step.inputsOfPart;
  let end = min(begin + step.inputsOfPart, IN);
  let rows = subgroup / 2u * UNIT * ROW_X;
  let outputs = subgroup % 2u * 32u;
  var sum0: Sum;
  var sum1: Sum;
  for (var k = begin; k < end; k += DEPTH) {
    for (var i = thread; i < ROWS * (DEPTH / 4u); i += THREADS) {
      let row = i / (DEPTH / 4u);
      let quad = i % (DEPTH / 4u);
      let values = half(xAt(firstRow + row, k + 4u * quad, end));
      for (var j = 0u; j < 4u; j++) {
        tileX[row * ROW_X + 4u * quad + j] = values[j];
      }
    }
    for (var i = thread; i < DEPTH * (OUTPUTS / 4u); i += THREADS) {
      let row = i / (OUTPUTS / 4u);
      let quad = i % (OUTPUTS / 4u);
      let values = half(wAt(k + row, firstQuad + quad, end));
      for (var j = 0u; j < 4u; j++) {
        tileW[row * ROW_W + 4u * quad + j] = values[j];
      }
    }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d += UNIT) {
      let left = subgroupMatrixLoad<Left, row_major>(&tileX, rows + d, ROW_X);
      let right0 = subgroupMatrixLoad<Right, row_major>(&tileW, d * ROW_W + outputs, ROW_W);
      let right1 = subgroupMatrixLoad<Right, row_major>(&tileW, d * ROW_W + outputs + UNIT, ROW_W);
      sum0 = subgroupMatrixMultiplyAccumulate(left, right0, sum0);
      sum1 = subgroupMatrixMultiplyAccumulate(left, right1, sum1);
    }
    workgroupBarrier();
  }
  subgroupMatrixStore<row_major>(&results, subgroup * UNIT * UNIT, sum0, UNIT);
  workgroupBarrier();
  write(thread, part, firstRow, firstQuad, 0u);
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&results, subgroup * UNIT * UNIT, sum1, UNIT);
  workgroupBarrier();
  write(thread, part, firstRow, firstQuad, UNIT / 4u);
}
