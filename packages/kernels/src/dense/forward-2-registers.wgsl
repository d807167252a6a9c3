// dense.forward, 2. registers: one thread computes 4 rows by 4 outputs.
//
//   y[n,o] = act( b[o] + Σ_i x[n,i] · w[i,o] )
//
// Idea: a value that was read once serves 4 outputs or 4 rows: 16 multiply-adds cost 8 reads and not 32.
//
// x: rows × IN   w: IN × OUT   b: OUT   y: rows × OUT      f32, row-major
// grid: ⌈OUT/4/8⌉·⌈rows/4⌉ workgroups of 8, folded into two dimensions
// cost: 2·rows·IN·OUT flop
// checked against dense.reference.ts

override IN: u32;
override OUT: u32;
override ACTIVATION: u32; // 0 linear, 1 relu, 2 sigmoid, 3 tanh
override HAS_BIAS: bool; // without, any buffer may stand in for b

const ROWS = 4u;
const BLOCK = 64u;

struct Step {
  rows: u32,
  inputs: u32, // IN; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

fn biasOf(o: u32) -> f32 {
  return select(0.0, b[o], HAS_BIAS);
}

fn activate(value: f32) -> f32 {
  switch (ACTIVATION) {
    case 1u: { return select(value, 0.0, value <= 0.0); } // NaN stays NaN
    case 2u: { return 1.0 / (1.0 + exp(-value)); }
    case 3u: { return tanh(clamp(value, -10.0, 10.0)); }
    default: { return value; }
  }
}

@compute @workgroup_size(8)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let block = group.y * groups.x + group.x;
  let blocksOfRow = (OUT + 31u) / 32u;
  let o = ((block % blocksOfRow) * 8u + local.x) * 4u;
  let n = (block / blocksOfRow) * ROWS;
  if (o >= OUT || n >= step.rows) {
    return;
  }
  // Outputs and rows beyond the last read the last one's values; they are not written.
  let c = min(vec4u(o, o + 1u, o + 2u, o + 3u), vec4u(OUT - 1u));
  let row = min(vec4u(n, n + 1u, n + 2u, n + 3u), vec4u(step.rows - 1u)) * IN;
  var sum: array<vec4f, ROWS>;
  for (var start = 0u; start < step.inputs; start += BLOCK) {
    // Sums of block sums: the rounding error grows with the blocks, not with the inputs.
    var sumOfBlock = array<vec4f, ROWS>();
    let end = min(start + BLOCK, step.inputs);
    for (var i = start; i < end; i++) {
      let k = i * OUT;
      let weights = vec4f(w[k + c.x], w[k + c.y], w[k + c.z], w[k + c.w]);
      for (var r = 0u; r < ROWS; r++) {
        sumOfBlock[r] += x[row[r] + i] * weights;
      }
    }
    for (var r = 0u; r < ROWS; r++) {
      sum[r] += sumOfBlock[r];
    }
  }
  for (var r = 0u; r < ROWS && n + r < step.rows; r++) {
    for (var j = 0u; j < 4u && o + j < OUT; j++) {
      y[(n + r) * OUT + o + j] = activate(sum[r][j] + biasOf(o + j));
    }
  }
}
