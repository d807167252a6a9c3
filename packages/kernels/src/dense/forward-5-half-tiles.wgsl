// dense.forward, 5. half tiles: for GPUs, with mixed precision. A workgroup computes a tile of 32 rows by 64 outputs over a
// part of the inputs, from workgroup memory that holds f16.
//
//   y[n,o] = act( b[o] + Σ_i h(x[n,i]) · h(w[i,o]) )      h: rounded to f16;  of several parts: y[s,n,o] = Σ_{i in part s} …
//
// Idea: forward-4-tiles.wgsl, as conv2d/forward-6-half-tiles.wgsl; sum-parts.wgsl adds the parts up.
//
// x: rows × IN   w: IN × OUT   b: OUT   y: parts × rows × OUT      f32, row-major; IN and OUT are multiples of 4
// grid: x ⌈OUT/64⌉, y·z parts·⌈rows/32⌉ workgroups of 16×8
// cost: as 4; 6.1 KiB of workgroup memory
// checked against dense.reference.ts

enable f16;

override IN: u32;
override OUT: u32;
override ACTIVATION: u32; // 0 linear, 1 relu, 2 sigmoid, 3 tanh
override HAS_BIAS: bool; // without, any buffer may stand in for b

const ROWS = 32u;
const THREADS_O = 16u; // along the outputs, 4 of which are a thread's
const THREADS_N = 8u; // along the rows
const DEPTH = 32u; // inputs that are in workgroup memory at a time
const DEPTH_QUADS = DEPTH / 4u;
const COLUMN = ROWS + 1u; // a quad of padding: the quads of a row fall into different memory banks

struct Step {
  rows: u32,
  parts: u32,
  inputsOfPart: u32, // a multiple of 4
  depthQuads: u32, // DEPTH_QUADS; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

var<workgroup> tileX: array<vec4h, DEPTH_QUADS * COLUMN>; // [quad of inputs][row]: 4 inputs of one row
var<workgroup> tileW: array<vec4h, DEPTH * THREADS_O>; // [input][quad of outputs]: 4 outputs of one input

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

@compute @workgroup_size(THREADS_O, THREADS_N)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let block = group.z * groups.y + group.y;
  let part = block % step.parts;
  let firstRow = block / step.parts * ROWS;
  let firstQuad = group.x * THREADS_O;
  let begin = part * step.inputsOfPart;
  let end = min(begin + step.inputsOfPart, IN);
  // What this thread copies: the same quad of inputs of two rows, and one quad of outputs of four inputs.
  let xQuad = thread % DEPTH_QUADS;
  let xRow = thread / DEPTH_QUADS;
  var nextX: array<vec4h, 2>;
  var nextW: array<vec4h, 4>;
  var sum: array<vec4f, 4>;
  // Reads of a tile are under way while the one before it is multiplied: one round more than there are tiles.
  for (var i = begin; i < end + DEPTH; i += DEPTH) {
    for (var r = 0u; r < 2u; r++) {
      nextX[r] = half(xAt(firstRow + xRow + r * ROWS / 2u, i + 4u * xQuad, end));
    }
    for (var r = 0u; r < 4u; r++) {
      nextW[r] = half(wAt(i + local.y + r * THREADS_N, firstQuad + local.x, end));
    }
    if (i > begin) {
      for (var q = 0u; q < step.depthQuads; q++) {
        var weights: array<vec4f, 4>;
        for (var j = 0u; j < 4u; j++) {
          weights[j] = vec4f(tileW[(4u * q + j) * THREADS_O + local.x]);
        }
        for (var r = 0u; r < 4u; r++) {
          let input = vec4f(tileX[q * COLUMN + r * THREADS_N + local.y]);
          for (var j = 0u; j < 4u; j++) {
            sum[r] += input[j] * weights[j];
          }
        }
      }
    }
    workgroupBarrier();
    for (var r = 0u; r < 2u; r++) {
      tileX[xQuad * COLUMN + xRow + r * ROWS / 2u] = nextX[r];
    }
    for (var r = 0u; r < 4u; r++) {
      tileW[(local.y + r * THREADS_N) * THREADS_O + local.x] = nextW[r];
    }
    workgroupBarrier();
  }
  let quad = firstQuad + local.x;
  if (quad >= OUT / 4u) {
    return;
  }
  let bias = select(vec4f(), b[quad], HAS_BIAS);
  for (var r = 0u; r < 4u; r++) {
    let n = firstRow + r * THREADS_N + local.y;
    if (n < step.rows) {
      let k = (part * step.rows + n) * (OUT / 4u) + quad;
      if (step.parts == 1u) {
        y[k] = activate(sum[r] + bias);
      } else {
        y[k] = sum[r];
      }
    }
  }
}
