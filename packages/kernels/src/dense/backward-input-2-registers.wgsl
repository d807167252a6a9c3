// dense.backwardInput, 2. registers: one thread computes 4 rows by 4 inputs of dx.
//
//   dx[n,i] = Σ_o dy[n,o] · w[i,o]
//
// Idea: as in forward-2-registers.wgsl, with the weights read across.
//
// dy: rows × OUT   w: IN × OUT   x, dx: rows × IN      f32, row-major
// grid: ⌈IN/4/8⌉·⌈rows/4⌉ workgroups of 8, folded into two dimensions
// cost: 2·rows·IN·OUT flop
// checked against dense.reference.ts

override IN: u32;
override OUT: u32;
override IS_RECTIFIED: bool; // without, any buffer may stand in for x

const ROWS = 4u;

struct Step {
  rows: u32,
  outputs: u32, // OUT; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

@compute @workgroup_size(8)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let block = group.y * groups.x + group.x;
  let blocksOfRow = (IN + 31u) / 32u;
  let i = ((block % blocksOfRow) * 8u + local.x) * 4u;
  let n = (block / blocksOfRow) * ROWS;
  if (i >= IN || n >= step.rows) {
    return;
  }
  // Inputs and rows beyond the last read the last one's values; they are not written.
  let c = min(vec4u(i, i + 1u, i + 2u, i + 3u), vec4u(IN - 1u)) * OUT;
  let row = min(vec4u(n, n + 1u, n + 2u, n + 3u), vec4u(step.rows - 1u)) * OUT;
  var sum: array<vec4f, ROWS>;
  for (var o = 0u; o < step.outputs; o++) {
    let weights = vec4f(w[c.x + o], w[c.y + o], w[c.z + o], w[c.w + o]);
    for (var r = 0u; r < ROWS; r++) {
      sum[r] += dy[row[r] + o] * weights;
    }
  }
  for (var r = 0u; r < ROWS && n + r < step.rows; r++) {
    for (var j = 0u; j < 4u && i + j < IN; j++) {
      let k = (n + r) * IN + i + j;
      dx[k] = select(0.0, sum[r][j], !IS_RECTIFIED || x[k] > 0.0);
    }
  }
}
