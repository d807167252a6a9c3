// winograd.multiply: 8 lanes compute 32 tiles by 64 channels of one plane, and share what they read.
//
//   M[p, t, oc] = Σ_ic V[p, t, ic] · U[p, ic, oc]
//
// Idea: as in ../forward-3-subgroups.wgsl, two input channels a round, each lane with two quads of output channels. More sums
// would need fewer reads, and more input channels fewer trips of the sums, which do not fit into registers: but the loop is
// as long then as what a processor keeps of its instructions.
//
// V: P planes × tiles × IN_C   U: P planes × IN_C × OUT_C   M: P planes × tiles × OUT_C
//   P is 36 for tiles of 4×4, 25 for 3×3; f32, row-major, read as pairs and quads; IN_C and OUT_C are multiples of 4
// grid: x ⌈OUT_C/64⌉, without IS_WIDE ⌈OUT_C/32⌉, y ⌈tiles/32⌉, z P workgroups of 8, one subgroup each
// cost: 2·P·tiles·IN_C·OUT_C flop: a quarter of that of the sum that defines the convolution
// checked against winograd.reference.ts

enable subgroups;

override IS_WIDE: bool; // without, a lane has one quad of output channels, a workgroup 32 channels

struct Step {
  tiles: u32,
  planeV: u32, // pairs from one plane to the next
  planeU: u32, // quads
  planeM: u32, // quads
  rounds: u32, // IN_C/2
  quads: u32, // OUT_C/4
}

@group(0) @binding(0) var<storage, read> v: array<vec2f>;
@group(0) @binding(1) var<storage, read> u: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

// The sums of 8 tiles: in a lane's first quad of channels, and in its second.
struct Sums {
  near: array<vec4f, 8>,
  far: array<vec4f, 8>,
}

// The weights of two input channels for both quads.
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

// Adds to 8 tiles, whose inputs the 8 lanes hold. subgroupBroadcast wants a constant lane, so there is no loop.
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

fn write(sum: ptr<function, array<vec4f, 8>>, firstTile: u32, column: u32) {
  for (var r = 0u; r < 8u && firstTile + r < step.tiles; r++) {
    m[column + (firstTile + r) * step.quads] = (*sum)[r];
  }
}

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let quads = step.quads;
  let near = group.x * select(8u, 16u, IS_WIDE) + lane;
  let far = near + 8u;
  let firstTile = group.y * 32u;
  let plane = group.z;
  // All lanes go on to the end, even those beyond the last channel: the others need what they read.
  let nearColumn = plane * step.planeU + min(near, quads - 1u);
  let farColumn = plane * step.planeU + min(far, quads - 1u);
  let last = step.tiles - 1u;
  let row0 = plane * step.planeV + min(firstTile + lane, last) * step.rounds;
  let row1 = plane * step.planeV + min(firstTile + 8u + lane, last) * step.rounds;
  let row2 = plane * step.planeV + min(firstTile + 16u + lane, last) * step.rounds;
  let row3 = plane * step.planeV + min(firstTile + 24u + lane, last) * step.rounds;
  var sums0: Sums;
  var sums1: Sums;
  var sums2: Sums;
  var sums3: Sums;
  for (var round = 0u; round < step.rounds; round++) {
    let k = round * 2u * quads;
    var weights: Weights;
    weights.near = mat2x4f(u[nearColumn + k], u[nearColumn + k + quads]);
    if (IS_WIDE) {
      weights.far = mat2x4f(u[farColumn + k], u[farColumn + k + quads]);
    }
    let inputs0 = v[row0 + round];
    let inputs1 = v[row1 + round];
    let inputs2 = v[row2 + round];
    let inputs3 = v[row3 + round];
    addProducts(&sums0, inputs0, weights);
    addProducts(&sums1, inputs1, weights);
    addProducts(&sums2, inputs2, weights);
    addProducts(&sums3, inputs3, weights);
  }
  let column = plane * step.planeM;
  if (near < quads) {
    write(&sums0.near, firstTile, column + near);
    write(&sums1.near, firstTile + 8u, column + near);
    write(&sums2.near, firstTile + 16u, column + near);
    write(&sums3.near, firstTile + 24u, column + near);
  }
  if (IS_WIDE && far < quads) {
    write(&sums0.far, firstTile, column + far);
    write(&sums1.far, firstTile + 8u, column + far);
    write(&sums2.far, firstTile + 16u, column + far);
    write(&sums3.far, firstTile + 24u, column + far);
  }
}
