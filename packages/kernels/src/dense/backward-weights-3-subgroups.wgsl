// dense.backwardWeights, 3. subgroups: 8 lanes compute 32 inputs by 64 outputs of dw, and share what they read.
//
//   dw[i,o] = Σ_n x[n,i] · dy[n,o]
//
// Idea: each lane owns two quads of outputs of 32 inputs. A round takes 2 rows: a lane reads the gradients of its outputs, and
// only 4 of the inputs; the other 28 come from the other lanes by subgroupBroadcast.
//
// x: rows × IN   dy: rows × OUT   dw: IN × OUT      f32, row-major, read as quads; IN and OUT are multiples of 4
// grid: x ⌈OUT/64⌉, without IS_WIDE ⌈OUT/32⌉, y·z ⌈IN/32⌉ workgroups of 8, one subgroup each
// cost: 2·rows·IN·OUT flop, with 12/512 of the reads of 1
// checked against dense.reference.ts

enable subgroups;

override IN: u32;
override OUT: u32;
override IS_WIDE: bool; // without, a lane has one quad of outputs, a workgroup 32 outputs

struct Step {
  rows: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

// The sums of 8 inputs: in a lane's first quad of outputs, and in its second.
struct Sums {
  near: array<vec4f, 8>,
  far: array<vec4f, 8>,
}

// The gradients of two rows for both quads.
struct Slopes {
  near: mat2x4f,
  far: mat2x4f,
}

fn addProduct(sums: ptr<function, Sums>, r: u32, inputs: vec2f, slopes: Slopes) {
  (*sums).near[r] += slopes.near * inputs;
  if (IS_WIDE) {
    (*sums).far[r] += slopes.far * inputs;
  }
}

// Adds to 8 inputs, of each of which one lane holds the values of two rows. subgroupBroadcast wants a constant lane, so
// there is no loop.
fn addProducts(sums: ptr<function, Sums>, inputs: vec2f, slopes: Slopes) {
  addProduct(sums, 0u, subgroupBroadcast(inputs, 0u), slopes);
  addProduct(sums, 1u, subgroupBroadcast(inputs, 1u), slopes);
  addProduct(sums, 2u, subgroupBroadcast(inputs, 2u), slopes);
  addProduct(sums, 3u, subgroupBroadcast(inputs, 3u), slopes);
  addProduct(sums, 4u, subgroupBroadcast(inputs, 4u), slopes);
  addProduct(sums, 5u, subgroupBroadcast(inputs, 5u), slopes);
  addProduct(sums, 6u, subgroupBroadcast(inputs, 6u), slopes);
  addProduct(sums, 7u, subgroupBroadcast(inputs, 7u), slopes);
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
  let near = group.x * select(8u, 16u, IS_WIDE) + lane;
  let far = near + 8u;
  let block = group.z * groups.y + group.y;
  // All lanes go on to the end, even those beyond the last output: the others need what they read.
  let nearColumn = min(near, quads - 1u);
  let farColumn = min(far, quads - 1u);
  let row = min(block * 8u + lane, quadsX - 1u);
  var sums0: Sums;
  var sums1: Sums;
  var sums2: Sums;
  var sums3: Sums;
  for (var n = 0u; n < step.rows; n += 2u) {
    // The last row may be alone: the gradient of the one beside it counts as zeros.
    let isPair = n + 1u < step.rows;
    let next = select(n, n + 1u, isPair);
    let inputs = transpose(mat2x4f(x[row + n * quadsX], x[row + next * quadsX]));
    var slopes: Slopes;
    slopes.near = mat2x4f(dy[nearColumn + n * quads], select(vec4f(), dy[nearColumn + next * quads], isPair));
    if (IS_WIDE) {
      slopes.far = mat2x4f(dy[farColumn + n * quads], select(vec4f(), dy[farColumn + next * quads], isPair));
    }
    addProducts(&sums0, inputs[0], slopes);
    addProducts(&sums1, inputs[1], slopes);
    addProducts(&sums2, inputs[2], slopes);
    addProducts(&sums3, inputs[3], slopes);
  }
  if (near < quads) {
    write(&sums0.near, block * 32u, near);
    write(&sums1.near, block * 32u + 1u, near);
    write(&sums2.near, block * 32u + 2u, near);
    write(&sums3.near, block * 32u + 3u, near);
  }
  if (IS_WIDE && far < quads) {
    write(&sums0.far, block * 32u, far);
    write(&sums1.far, block * 32u + 1u, far);
    write(&sums2.far, block * 32u + 2u, far);
    write(&sums3.far, block * 32u + 3u, far);
  }
}
