// winograd.multiplyGradient: 8 lanes compute 32 input channels by 32 output channels of one plane, and share what they
// read; the sum goes over the tiles of a slice of the batch, and on from that of the slices before.
//
//   dU[p, ic, oc] += Σ_t V[p, t, ic] · D[p, t, oc]
//
// Idea: as in multiply.wgsl; a lane reads four neighbouring input channels of a tile, four tiles a round.
//
// V: P planes × tiles × IN_C   D: P planes × tiles × OUT_C   dU: P planes × IN_C × OUT_C
//   P is 36 for tiles of 4×4, 25 for 3×3; f32, row-major, read as quads; IN_C and OUT_C are multiples of 4
// grid: x ⌈OUT_C/32⌉, y ⌈IN_C/32⌉, z P workgroups of 8, one subgroup each
// cost: 2·P·tiles·IN_C·OUT_C flop
// checked against winograd.reference.ts

enable subgroups;

struct Step {
  tiles: u32,
  quadsV: u32, // IN_C/4
  quads: u32, // OUT_C/4
  planeV: u32, // quads from one plane to the next
  planeD: u32,
  planeU: u32,
  isFirst: u32, // 1: the sums begin at 0
}

@group(0) @binding(0) var<storage, read> v: array<vec4f>;
@group(0) @binding(1) var<storage, read> d: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> du: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

// Adds to 8 input channels, of each of which one lane holds the inputs of four tiles. subgroupBroadcast wants a constant
// lane, so there is no loop.
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

// Lane r holds channel 4·r of those from `first` on.
fn write(sum: ptr<function, array<vec4f, 8>>, plane: u32, first: u32, quad: u32) {
  for (var r = 0u; r < 8u && first + 4u * r < 4u * step.quadsV; r++) {
    let i = plane * step.planeU + (first + 4u * r) * step.quads + quad;
    du[i] = select((*sum)[r] + du[i], (*sum)[r], step.isFirst == 1u);
  }
}

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let quads = step.quads;
  let quadsV = step.quadsV;
  let quad = group.x * 8u + lane;
  let firstChannel = group.y * 32u;
  let plane = group.z;
  // All lanes go on to the end, even those beyond the last channel: the others need what they read.
  let column = plane * step.planeD + min(quad, quads - 1u);
  let row = plane * step.planeV + min(group.y * 8u + lane, quadsV - 1u);
  let last = step.tiles - 1u;
  var sum0: array<vec4f, 8>;
  var sum1: array<vec4f, 8>;
  var sum2: array<vec4f, 8>;
  var sum3: array<vec4f, 8>;
  for (var t = 0u; t < step.tiles; t += 4u) {
    // Of the last four tiles some may be missing: their gradients count as zeros.
    let tiles = min(vec4u(t, t + 1u, t + 2u, t + 3u), vec4u(last));
    let inputs = transpose(mat4x4f(
      v[row + tiles[0] * quadsV],
      v[row + tiles[1] * quadsV],
      v[row + tiles[2] * quadsV],
      v[row + tiles[3] * quadsV],
    ));
    let slopes = mat4x4f(
      d[column + tiles[0] * quads],
      select(vec4f(), d[column + tiles[1] * quads], t + 1u <= last),
      select(vec4f(), d[column + tiles[2] * quads], t + 2u <= last),
      select(vec4f(), d[column + tiles[3] * quads], t + 3u <= last),
    );
    addProducts(&sum0, inputs[0], slopes);
    addProducts(&sum1, inputs[1], slopes);
    addProducts(&sum2, inputs[2], slopes);
    addProducts(&sum3, inputs[3], slopes);
  }
  if (quad < quads) {
    write(&sum0, plane, firstChannel, quad);
    write(&sum1, plane, firstChannel + 1u, quad);
    write(&sum2, plane, firstChannel + 2u, quad);
    write(&sum3, plane, firstChannel + 3u, quad);
  }
}
