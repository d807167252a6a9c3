// dense.backwardInput, 5. half tiles: for GPUs, with mixed precision. A workgroup computes a tile of 32 rows by 64 inputs of dx
// from workgroup memory that holds f16.
//
//   dx[n,i] = Σ_o h(1024·dy[n,o]) · h(w[i,o]) / 1024      h: rounded to f16
//
// Idea: backward-input-4-tiles.wgsl, as conv2d/backward-input-6-half-tiles.wgsl.
//
// dy: rows × OUT   w: IN × OUT   x, dx: rows × IN      f32, row-major; OUT is a multiple of 4
// grid: x ⌈IN/64⌉, y·z ⌈rows/32⌉ workgroups of 16×8
// cost: as 4; 6.1 KiB of workgroup memory
// checked against dense.reference.ts

enable f16;

override IN: u32;
override OUT: u32;
override IS_RECTIFIED: bool; // without, any buffer may stand in for x

const ROWS = 32u;
const INPUTS = 64u;
const THREADS_I = 16u; // along the inputs
const THREADS_N = 8u; // along the rows
const DEPTH_QUADS = 8u; // quads of outputs that are in workgroup memory at a time
const COLUMN = ROWS + 1u; // a quad of padding: the quads of a row fall into different memory banks
const COLUMN_W = INPUTS + 1u;
// Gradients are stored times this, so that f16 holds them to its full precision from 6e-8 to 64.
const GRADIENT_SCALE = 1024.0;

struct Step {
  rows: u32,
  depthQuads: u32, // DEPTH_QUADS; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

var<workgroup> tileDy: array<vec4h, DEPTH_QUADS * COLUMN>; // [quad of outputs][row]
var<workgroup> tileW: array<vec4h, DEPTH_QUADS * COLUMN_W>; // [quad of outputs][input]

fn dyAt(n: u32, quad: u32) -> vec4f {
  return select(vec4f(), dy[n * (OUT / 4u) + quad], n < step.rows && quad < OUT / 4u);
}

fn wAt(i: u32, quad: u32) -> vec4f {
  return select(vec4f(), w[i * (OUT / 4u) + quad], i < IN && quad < OUT / 4u);
}

// Rounded to f16. What is too large for it becomes its largest number; NaN stays NaN.
fn half(value: vec4f) -> vec4h {
  let most = vec4f(65504.0);
  return vec4h(select(select(value, most, value > most), -most, value < -most));
}

@compute @workgroup_size(THREADS_I, THREADS_N)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let firstRow = (group.z * groups.y + group.y) * ROWS;
  let firstInput = group.x * INPUTS;
  // What this thread copies: the same quad of outputs of two rows and of four inputs.
  let quad = thread % DEPTH_QUADS;
  let place = thread / DEPTH_QUADS; // 0 … 15
  var nextDy: array<vec4h, 2>;
  var nextW: array<vec4h, 4>;
  var sum: array<vec4f, 4>;
  // Reads of a tile are under way while the one before it is multiplied: one round more than there are tiles.
  for (var q = 0u; q < OUT / 4u + DEPTH_QUADS; q += DEPTH_QUADS) {
    for (var r = 0u; r < 2u; r++) {
      nextDy[r] = half(GRADIENT_SCALE * dyAt(firstRow + place + 16u * r, q + quad));
    }
    for (var r = 0u; r < 4u; r++) {
      nextW[r] = half(wAt(firstInput + place + 16u * r, q + quad));
    }
    if (q > 0u) {
      for (var d = 0u; d < step.depthQuads; d++) {
        var weights: array<vec4f, 4>;
        for (var j = 0u; j < 4u; j++) {
          weights[j] = vec4f(tileW[d * COLUMN_W + j * THREADS_I + local.x]);
        }
        for (var r = 0u; r < 4u; r++) {
          let slope = vec4f(tileDy[d * COLUMN + r * THREADS_N + local.y]);
          for (var j = 0u; j < 4u; j++) {
            sum[r][j] += dot(slope, weights[j]);
          }
        }
      }
    }
    workgroupBarrier();
    for (var r = 0u; r < 2u; r++) {
      tileDy[quad * COLUMN + place + 16u * r] = nextDy[r];
    }
    for (var r = 0u; r < 4u; r++) {
      tileW[quad * COLUMN_W + place + 16u * r] = nextW[r];
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < 4u; r++) {
    let n = firstRow + r * THREADS_N + local.y;
    for (var j = 0u; j < 4u; j++) {
      let i = firstInput + j * THREADS_I + local.x;
      if (n < step.rows && i < IN) {
        let k = n * IN + i;
        dx[k] = select(0.0, sum[r][j] / GRADIENT_SCALE, !IS_RECTIFIED || x[k] > 0.0);
      }
    }
  }
}
