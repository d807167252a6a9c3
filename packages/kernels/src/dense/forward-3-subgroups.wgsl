// dense.forward, 3. subgroups: 8 lanes compute 32 rows by 64 outputs, and share what they read.
//
//   y[n,o] = act( b[o] + Σ_i x[n,i] · w[i,o] )
//
// Idea: each lane owns two quads of outputs of 32 rows. A round takes 2 inputs: a lane reads the weights of its outputs, and the
// inputs of only 4 of the rows; the other 28 come from the other lanes by subgroupBroadcast.
//
// x: rows × IN   w: IN × OUT   b: OUT   y: rows × OUT      f32, row-major, read as pairs and quads; IN and OUT are multiples of 4
// grid: x ⌈OUT/64⌉, without IS_WIDE ⌈OUT/32⌉, y·z ⌈rows/32⌉ workgroups of 8, one subgroup each
// cost: 2·rows·IN·OUT flop, with 12/512 of the reads of 1
// checked against dense.reference.ts

enable subgroups;

override IN: u32;
override OUT: u32;
override ACTIVATION: u32; // 0 linear, 1 relu, 2 sigmoid, 3 tanh
override HAS_BIAS: bool; // without, any buffer may stand in for b
override IS_WIDE: bool; // without, a lane has one quad of outputs, a workgroup 32 outputs

struct Step {
  rows: u32,
  rounds: u32, // IN/2; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> x: array<vec2f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

// The sums of 8 rows: in a lane's first quad of outputs, and in its second.
struct Sums {
  near: array<vec4f, 8>,
  far: array<vec4f, 8>,
}

// The weights of two inputs for both quads.
struct Weights {
  near: mat2x4f,
  far: mat2x4f,
}

fn addProduct(sums: ptr<function, Sums>, r: u32, inputs: vec2f, weights: Weights) {
  (*sums).near[r] += weights.near * inputs;
  if (IS_WIDE) {
    (*sums).far[r] += weights.far * inputs;
  }
}

// Adds to 8 rows, whose inputs the 8 lanes hold. subgroupBroadcast wants a constant lane, so there is no loop.
fn addProducts(sums: ptr<function, Sums>, inputs: vec2f, weights: Weights) {
  addProduct(sums, 0u, subgroupBroadcast(inputs, 0u), weights);
  addProduct(sums, 1u, subgroupBroadcast(inputs, 1u), weights);
  addProduct(sums, 2u, subgroupBroadcast(inputs, 2u), weights);
  addProduct(sums, 3u, subgroupBroadcast(inputs, 3u), weights);
  addProduct(sums, 4u, subgroupBroadcast(inputs, 4u), weights);
  addProduct(sums, 5u, subgroupBroadcast(inputs, 5u), weights);
  addProduct(sums, 6u, subgroupBroadcast(inputs, 6u), weights);
  addProduct(sums, 7u, subgroupBroadcast(inputs, 7u), weights);
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
  let near = group.x * select(8u, 16u, IS_WIDE) + lane;
  let far = near + 8u;
  let firstRow = (group.z * groups.y + group.y) * 32u;
  // All lanes go on to the end, even those beyond the last output: the others need what they read.
  let nearColumn = min(near, quads - 1u);
  let farColumn = min(far, quads - 1u);
  let last = step.rows - 1u;
  let row0 = min(firstRow + lane, last) * (IN / 2u);
  let row1 = min(firstRow + 8u + lane, last) * (IN / 2u);
  let row2 = min(firstRow + 16u + lane, last) * (IN / 2u);
  let row3 = min(firstRow + 24u + lane, last) * (IN / 2u);
  var sums0: Sums;
  var sums1: Sums;
  var sums2: Sums;
  var sums3: Sums;
  for (var round = 0u; round < step.rounds; round++) {
    let k = round * 2u * quads;
    var weights: Weights;
    weights.near = mat2x4f(w[nearColumn + k], w[nearColumn + k + quads]);
    if (IS_WIDE) {
      weights.far = mat2x4f(w[farColumn + k], w[farColumn + k + quads]);
    }
    // Eights of rows that a batch does not have are left out: of 20 rows the last, of one row three quarters of the work.
    addProducts(&sums0, x[row0 + round], weights);
    if (firstRow + 8u < step.rows) {
      addProducts(&sums1, x[row1 + round], weights);
    }
    if (firstRow + 16u < step.rows) {
      addProducts(&sums2, x[row2 + round], weights);
    }
    if (firstRow + 24u < step.rows) {
      addProducts(&sums3, x[row3 + round], weights);
    }
  }
  if (near < quads) {
    write(&sums0.near, firstRow, near);
    write(&sums1.near, firstRow + 8u, near);
    write(&sums2.near, firstRow + 16u, near);
    write(&sums3.near, firstRow + 24u, near);
  }
  if (IS_WIDE && far < quads) {
    write(&sums0.far, firstRow, far);
    write(&sums1.far, firstRow + 8u, far);
    write(&sums2.far, firstRow + 16u, far);
    write(&sums3.far, firstRow + 24u, far);
  }
}
