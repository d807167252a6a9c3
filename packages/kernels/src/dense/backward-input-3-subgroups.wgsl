// dense.backwardInput, 3. subgroups: 8 lanes compute 32 rows by 64 inputs of dx, and share what they read.
//
//   dx[n,i] = Σ_o dy[n,o] · w[i,o]
//
// Idea: as in forward-3-subgroups.wgsl. Each lane owns two quads of inputs; a round takes 2 outputs of them, which lie one
// after the other.
//
// dy: rows × OUT   w: IN × OUT   x, dx: rows × IN      f32, row-major, read as pairs and quads; IN and OUT are multiples of 4
// grid: x ⌈IN/64⌉, without IS_WIDE ⌈IN/32⌉, y·z ⌈rows/32⌉ workgroups of 8, one subgroup each
// cost: 2·rows·IN·OUT flop, with 12/512 of the reads of 1
// checked against dense.reference.ts

enable subgroups;

override IN: u32;
override OUT: u32;
override IS_RECTIFIED: bool; // without, any buffer may stand in for x
override IS_WIDE: bool; // without, a lane has one quad of inputs, a workgroup 32 inputs

struct Step {
  rows: u32,
  rounds: u32, // OUT/2; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> dy: array<vec2f>;
@group(0) @binding(1) var<storage, read> w: array<vec2f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

// The sums of 8 rows: in a lane's first quad of inputs, and in its second.
struct Sums {
  near: array<vec4f, 8>,
  far: array<vec4f, 8>,
}

// The weights of two outputs for both quads, a row an input.
struct Weights {
  near: mat4x2f,
  far: mat4x2f,
}

fn addProduct(sums: ptr<function, Sums>, r: u32, slopes: vec2f, weights: Weights) {
  (*sums).near[r] += slopes * weights.near;
  if (IS_WIDE) {
    (*sums).far[r] += slopes * weights.far;
  }
}

// Adds to 8 rows, whose gradients the 8 lanes hold. subgroupBroadcast wants a constant lane, so there is no loop.
fn addProducts(sums: ptr<function, Sums>, slopes: vec2f, weights: Weights) {
  addProduct(sums, 0u, subgroupBroadcast(slopes, 0u), weights);
  addProduct(sums, 1u, subgroupBroadcast(slopes, 1u), weights);
  addProduct(sums, 2u, subgroupBroadcast(slopes, 2u), weights);
  addProduct(sums, 3u, subgroupBroadcast(slopes, 3u), weights);
  addProduct(sums, 4u, subgroupBroadcast(slopes, 4u), weights);
  addProduct(sums, 5u, subgroupBroadcast(slopes, 5u), weights);
  addProduct(sums, 6u, subgroupBroadcast(slopes, 6u), weights);
  addProduct(sums, 7u, subgroupBroadcast(slopes, 7u), weights);
}

// The weights of a quad of inputs, whose rows begin at k.
fn weightsAt(k: u32) -> mat4x2f {
  return mat4x2f(w[k], w[k + OUT / 2u], w[k + OUT], w[k + OUT / 2u * 3u]);
}

fn write(sum: ptr<function, array<vec4f, 8>>, firstRow: u32, quad: u32) {
  for (var r = 0u; r < 8u && firstRow + r < step.rows; r++) {
    let k = (firstRow + r) * (IN / 4u) + quad;
    dx[k] = select(vec4f(), (*sum)[r], vec4<bool>(!IS_RECTIFIED) | (x[k] > vec4f()));
  }
}

@compute @workgroup_size(8)
fn main(
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let quads = IN / 4u;
  let near = group.x * select(8u, 16u, IS_WIDE) + lane;
  let far = near + 8u;
  let firstRow = (group.z * groups.y + group.y) * 32u;
  // All lanes go on to the end, even those beyond the last input: the others need what they read.
  let nearColumn = min(near, quads - 1u) * 2u * OUT;
  let farColumn = min(far, quads - 1u) * 2u * OUT;
  let last = step.rows - 1u;
  let row0 = min(firstRow + lane, last) * (OUT / 2u);
  let row1 = min(firstRow + 8u + lane, last) * (OUT / 2u);
  let row2 = min(firstRow + 16u + lane, last) * (OUT / 2u);
  let row3 = min(firstRow + 24u + lane, last) * (OUT / 2u);
  var sums0: Sums;
  var sums1: Sums;
  var sums2: Sums;
  var sums3: Sums;
  for (var round = 0u; round < step.rounds; round++) {
    var weights: Weights;
    weights.near = weightsAt(nearColumn + round);
    if (IS_WIDE) {
      weights.far = weightsAt(farColumn + round);
    }
    // Eights of rows that a batch does not have are left out: of 20 rows the last, of one row three quarters of the work.
    addProducts(&sums0, dy[row0 + round], weights);
    if (firstRow + 8u < step.rows) {
      addProducts(&sums1, dy[row1 + round], weights);
    }
    if (firstRow + 16u < step.rows) {
      addProducts(&sums2, dy[row2 + round], weights);
    }
    if (firstRow + 24u < step.rows) {
      addProducts(&sums3, dy[row3 + round], weights);
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
