// dense.backwardInput, 3. subgroups: 8 lanes compute 32 rows by 32 inputs of dx, and share what they read.
//
//   dx[n,i] = Σ_o dy[n,o] · w[i,o]
//
// Idea: as in forward-3-subgroups.wgsl. Each lane owns 4 inputs; a round takes 4 outputs of them, which lie one after the
// other.
//
// dy: rows × OUT   w: IN × OUT   x, dx: rows × IN      f32, row-major, read as quads; IN and OUT are multiples of 4
// grid: x ⌈IN/32⌉, y·z ⌈rows/32⌉ workgroups of 8, one subgroup each
// cost: 2·rows·IN·OUT flop, with 8/256 of the reads of 1
// checked against dense.reference.ts

enable subgroups;

override IN: u32;
override OUT: u32;
override IS_RECTIFIED: bool; // without, any buffer may stand in for x

struct Step {
  rows: u32,
  rounds: u32, // OUT/4; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

// Adds to 8 rows, whose gradients the 8 lanes hold. subgroupBroadcast wants a constant lane, so there is no loop.
fn addProducts(sum: ptr<function, array<vec4f, 8>>, slopes: vec4f, weights: mat4x4f) {
  (*sum)[0] += subgroupBroadcast(slopes, 0u) * weights;
  (*sum)[1] += subgroupBroadcast(slopes, 1u) * weights;
  (*sum)[2] += subgroupBroadcast(slopes, 2u) * weights;
  (*sum)[3] += subgroupBroadcast(slopes, 3u) * weights;
  (*sum)[4] += subgroupBroadcast(slopes, 4u) * weights;
  (*sum)[5] += subgroupBroadcast(slopes, 5u) * weights;
  (*sum)[6] += subgroupBroadcast(slopes, 6u) * weights;
  (*sum)[7] += subgroupBroadcast(slopes, 7u) * weights;
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
  let quad = group.x * 8u + lane;
  let firstRow = (group.z * groups.y + group.y) * 32u;
  // All lanes go on to the end, even those beyond the last input: the others need what they read.
  let length = OUT / 4u;
  let column = min(quad, quads - 1u) * 4u * length;
  let last = step.rows - 1u;
  let row0 = min(firstRow + lane, last) * length;
  let row1 = min(firstRow + 8u + lane, last) * length;
  let row2 = min(firstRow + 16u + lane, last) * length;
  let row3 = min(firstRow + 24u + lane, last) * length;
  var sum0: array<vec4f, 8>;
  var sum1: array<vec4f, 8>;
  var sum2: array<vec4f, 8>;
  var sum3: array<vec4f, 8>;
  for (var round = 0u; round < step.rounds; round++) {
    let k = column + round;
    let weights = mat4x4f(w[k], w[k + length], w[k + 2u * length], w[k + 3u * length]);
    // Eights of rows that a batch does not have are left out: of 20 rows the last, of one row three quarters of the work.
    addProducts(&sum0, dy[row0 + round], weights);
    if (firstRow + 8u < step.rows) {
      addProducts(&sum1, dy[row1 + round], weights);
    }
    if (firstRow + 16u < step.rows) {
      addProducts(&sum2, dy[row2 + round], weights);
    }
    if (firstRow + 24u < step.rows) {
      addProducts(&sum3, dy[row3 + round], weights);
    }
  }
  if (quad < quads) {
    write(&sum0, firstRow, quad);
    write(&sum1, firstRow + 8u, quad);
    write(&sum2, firstRow + 16u, quad);
    write(&sum3, firstRow + 24u, quad);
  }
}
