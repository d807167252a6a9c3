// winograd.multiply: 8 lanes compute 32 tiles by 32 channels of one plane, and share what they read.
//
//   M[p, t, oc] = Σ_ic V[p, t, ic] · U[p, ic, oc]
//
// Idea: as in ../forward-3-subgroups.wgsl, four input channels a round: what a lane reads in one go, and a quarter of the
// traffic to the sums, which do not fit into registers.
//
// V: P planes × tiles × IN_C   U: P planes × IN_C × OUT_C   M: P planes × tiles × OUT_C
//   P is 36 for tiles of 4×4, 25 for 3×3; f32, row-major, read as quads; IN_C and OUT_C are multiples of 4
// grid: x ⌈OUT_C/32⌉, y ⌈tiles/32⌉, z P workgroups of 8, one subgroup each
// cost: 2·P·tiles·IN_C·OUT_C flop: a quarter of that of the sum that defines the convolution
// checked against winograd.reference.ts

enable subgroups;

struct Step {
  tiles: u32,
  planeV: u32, // quads from one plane to the next
  planeU: u32,
  planeM: u32,
  rounds: u32, // IN_C/4
  quads: u32, // OUT_C/4
}

@group(0) @binding(0) var<storage, read> v: array<vec4f>;
@group(0) @binding(1) var<storage, read> u: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

// Adds to 8 tiles, whose inputs the 8 lanes hold. subgroupBroadcast wants a constant lane, so there is no loop.
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

fn write(sum: ptr<function, array<vec4f, 8>>, plane: u32, firstTile: u32, quad: u32) {
  for (var r = 0u; r < 8u && firstTile + r < step.tiles; r++) {
    m[plane * step.planeM + (firstTile + r) * step.quads + quad] = (*sum)[r];
  }
}

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let quads = step.quads;
  let quad = group.x * 8u + lane;
  let firstTile = group.y * 32u;
  let plane = group.z;
  // All lanes go on to the end, even those beyond the last channel: the others need what they read.
  let column = plane * step.planeU + min(quad, quads - 1u);
  let last = step.tiles - 1u;
  let row0 = plane * step.planeV + min(firstTile + lane, last) * step.rounds;
  let row1 = plane * step.planeV + min(firstTile + 8u + lane, last) * step.rounds;
  let row2 = plane * step.planeV + min(firstTile + 16u + lane, last) * step.rounds;
  let row3 = plane * step.planeV + min(firstTile + 24u + lane, last) * step.rounds;
  var sum0: array<vec4f, 8>;
  var sum1: array<vec4f, 8>;
  var sum2: array<vec4f, 8>;
  var sum3: array<vec4f, 8>;
  for (var round = 0u; round < step.rounds; round++) {
    let k = column + round * 4u * quads;
    let weights = mat4x4f(u[k], u[k + quads], u[k + 2u * quads], u[k + 3u * quads]);
    let inputs0 = v[row0 + round];
    let inputs1 = v[row1 + round];
    let inputs2 = v[row2 + round];
    let inputs3 = v[row3 + round];
    addProducts(&sum0, inputs0, weights);
    addProducts(&sum1, inputs1, weights);
    addProducts(&sum2, inputs2, weights);
    addProducts(&sum3, inputs3, weights);
  }
  if (quad < quads) {
    write(&sum0, plane, firstTile, quad);
    write(&sum1, plane, firstTile + 8u, quad);
    write(&sum2, plane, firstTile + 16u, quad);
    write(&sum3, plane, firstTile + 24u, quad);
  }
}
