// dense.forward, 3. subgroups: 8 lanes compute 32 rows by 32 outputs, and share what they read.
//
//   y[n,o] = act( b[o] + Σ_i x[n,i] · w[i,o] )
//
// Idea: each lane owns 4 outputs of 32 rows. A round takes 4 inputs: a lane reads the weights of its outputs, and the inputs
// of only 4 of the rows; the other 28 come from the other lanes by subgroupBroadcast.
//
// x: rows × IN   w: IN × OUT   b: OUT   y: rows × OUT      f32, row-major, read as quads; IN and OUT are multiples of 4
// grid: x ⌈OUT/32⌉, y·z ⌈rows/32⌉ workgroups of 8, one subgroup each
// cost: 2·rows·IN·OUT flop, with 8/256 of the reads of 1
// checked against dense.reference.ts

enable subgroups;

override IN: u32;
override OUT: u32;
override ACTIVATION: u32; // 0 linear, 1 relu, 2 sigmoid, 3 tanh
override HAS_BIAS: bool; // without, any buffer may stand in for b

struct Step {
  rows: u32,
  rounds: u32, // IN/4; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

// Adds to 8 rows, whose inputs the 8 lanes hold. subgroupBroadcast wants a constant lane, so there is no loop.
fn addProducts(sum: ptr<function, array<vec4f, 8>>, inputs: vec4f, weights: mat4x4f) {
  (*sum)[0] += weights * subgroupBroadcast(inputs, 0u);
  (*sum)[1] += weights * subgroupBroadcast(inputs, 1u);
  (*sum)[2] += weights * subgroupBroadcast(inputs, 2u);
  (*sum)[3] += weights * subgroupBroadcast(inputs, 3u);
  (*sum)[4] += weights * subgroupBroadcast(inputs, 4u);
  (*sum)[5] += weights * subgroupBroadcast(inputs, 5u);
  (*sum)[6] += weights * subgroupBroadcast(inputs, 6u);
  (*sum)[7] += weights * subgroupBroadcast(inputs, 7u);
}

fn activate(value: vec4f) -> vec4f {
  switch (ACTIVATION) {
    case 1u: { return select(value, vec4f(), value <= vec4f()); } // NaN stays NaN
    case 2u: { return 1.0 / (1.0 + exp(-value)); }
    case 3u: { return tanh(clamp(value, vec4f(-10.0), vec4f(10.0))); }
    default: { return value; }
  }
}

fn write(sum: ptr<function, array<vec4f, 8>>, firstRow: u32, quad: u32) {
  let bias = select(vec4f(), b[quad], HAS_BIAS);
  for (var r = 0u; r < 8u && firstRow + r < step.rows; r++) {
    y[(firstRow + r) * (OUT / 4u) + quad] = activate((*sum)[r] + bias);
  }
}

@compute @workgroup_size(8)
fn main(
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let quads = OUT / 4u;
  let quad = group.x * 8u + lane;
  let firstRow = (group.z * groups.y + group.y) * 32u;
  // All lanes go on to the end, even those beyond the last output: the others need what they read.
  let column = min(quad, quads - 1u);
  let last = step.rows - 1u;
  let row0 = min(firstRow + lane, last) * (IN / 4u);
  let row1 = min(firstRow + 8u + lane, last) * (IN / 4u);
  let row2 = min(firstRow + 16u + lane, last) * (IN / 4u);
  let row3 = min(firstRow + 24u + lane, last) * (IN / 4u);
  var sum0: array<vec4f, 8>;
  var sum1: array<vec4f, 8>;
  var sum2: array<vec4f, 8>;
  var sum3: array<vec4f, 8>;
  for (var round = 0u; round < step.rounds; round++) {
    let k = column + round * 4u * quads;
    let weights = mat4x4f(w[k], w[k + quads], w[k + 2u * quads], w[k + 3u * quads]);
    // Eights of rows that a batch does not have are left out: of 20 rows the last, of one row three quarters of the work.
    addProducts(&sum0, x[row0 + round], weights);
    if (firstRow + 8u < step.rows) {
      addProducts(&sum1, x[row1 + round], weights);
    }
    if (firstRow + 16u < step.rows) {
      addProducts(&sum2, x[row2 + round], weights);
    }
    if (firstRow + 24u < step.rows) {
      addProducts(&sum3, x[row3 + round], weights);
    }
  }
  if (quad < quads) {
    write(&sum0, firstRow, quad);
    write(&sum1, firstRow + 8u, quad);
    write(&sum2, firstRow + 16u, quad);
    write(&sum3, firstRow + 24u, quad);
  }
}
