// dense.backwardWeights, 3. subgroups: 8 lanes compute 32 inputs by 32 outputs of dw, and share what they read.
//
//   dw[i,o] = Σ_n x[n,i] · dy[n,o]
//
// Idea: each lane owns 4 outputs of 32 inputs. A round takes 4 rows: a lane reads the gradients of its outputs, and only 4 of
// the inputs; the other 28 come from the other lanes by subgroupBroadcast.
//
// x: rows × IN   dy: rows × OUT   dw: IN × OUT      f32, row-major, read as quads; IN and OUT are multiples of 4
// grid: x ⌈OUT/32⌉, y·z ⌈IN/32⌉ workgroups of 8, one subgroup each
// cost: 2·rows·IN·OUT flop, with 8/256 of the reads of 1
// checked against dense.reference.ts

enable subgroups;

override IN: u32;
override OUT: u32;

struct Step {
  rows: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

// Adds to 8 inputs, of each of which one lane holds the values of four rows. subgroupBroadcast wants a constant lane, so
// there is no loop.
fn addProducts(sum: ptr<function, array<vec4f, 8>>, inputs: vec4f, slopes: mat4x4f) {
  (*sum)[0] += slopes * subgroupBroadcast(inputs, 0u);
  (*sum)[1] += slopes * subgroupBroadcast(inputs, 1u);
  (*sum)[2] += slopes * subgroupBroadcast(inputs, 2u);
  (*sum)[3] += slopes * subgroupBroadcast(inputs, 3u);
  (*sum)[4] += slopes * subgroupBroadcast(inputs, 4u);
  (*sum)[5] += slopes * subgroupBroadcast(inputs, 5u);
  (*sum)[6] += slopes * subgroupBroadcast(inputs, 6u);
  (*sum)[7] += slopes * subgroupBroadcast(inputs, 7u);
}

// Lane r holds input 4·r of those from `first` on.
fn write(sum: ptr<function, array<vec4f, 8>>, first: u32, quad: u32) {
  for (var r = 0u; r < 8u && first + 4u * r < IN; r++) {
    dw[(first + 4u * r) * (OUT / 4u) + quad] = (*sum)[r];
  }
}

@compute @workgroup_size(8)
fn main(
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let quads = OUT / 4u;
  let quadsX = IN / 4u;
  let quad = group.x * 8u + lane;
  let block = group.z * groups.y + group.y;
  // All lanes go on to the end, even those beyond the last output: the others need what they read.
  let column = min(quad, quads - 1u);
  let row = min(block * 8u + lane, quadsX - 1u);
  let last = step.rows - 1u;
  var sum0: array<vec4f, 8>;
  var sum1: array<vec4f, 8>;
  var sum2: array<vec4f, 8>;
  var sum3: array<vec4f, 8>;
  for (var n = 0u; n < step.rows; n += 4u) {
    // Of the last four rows some may be missing: their gradients count as zeros.
    let rows = min(vec4u(n, n + 1u, n + 2u, n + 3u), vec4u(last));
    let inputs = transpose(mat4x4f(
      x[row + rows[0] * quadsX],
      x[row + rows[1] * quadsX],
      x[row + rows[2] * quadsX],
      x[row + rows[3] * quadsX],
    ));
    let slopes = mat4x4f(
      dy[column + rows[0] * quads],
      select(vec4f(), dy[column + rows[1] * quads], n + 1u <= last),
      select(vec4f(), dy[column + rows[2] * quads], n + 2u <= last),
      select(vec4f(), dy[column + rows[3] * quads], n + 3u <= last),
    );
    addProducts(&sum0, inputs[0], slopes);
    addProducts(&sum1, inputs[1], slopes);
    addProducts(&sum2, inputs[2], slopes);
    addProducts(&sum3, inputs[3], slopes);
  }
  if (quad < quads) {
    write(&sum0, block * 32u, quad);
    write(&sum1, block * 32u + 1u, quad);
    write(&sum2, block * 32u + 2u, quad);
    write(&sum3, block * 32u + 3u, quad);
  }
}
