// winograd.multiplyGradient: 8 lanes compute 32 input channels by 64 output channels of one plane, and share what they
// read; the sum goes over the tiles of a slice of the batch, and on from that of the slices before.
//
//   dU[p, ic, oc] += Σ_t V[p, t, ic] · D[p, t, oc]
//
// Idea: as in multiply.wgsl; a lane reads four neighbouring input channels of a tile, two tiles a round.
//
// V: P planes × tiles × IN_C   D: P planes × tiles × OUT_C   dU: P planes × IN_C × OUT_C
//   P is 36 for tiles of 4×4, 25 for 3×3; f32, row-major, read as quads; IN_C and OUT_C are multiples of 4
// grid: x ⌈OUT_C/64⌉, without IS_WIDE ⌈OUT_C/32⌉, y ⌈IN_C/32⌉, z P workgroups of 8, one subgroup each
// cost: 2·P·tiles·IN_C·OUT_C flop
// checked against winograd.reference.ts

enable subgroups;

override IS_WIDE: bool; // without, a lane has one quad of output channels, a workgroup 32 channels

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

// The sums of 8 input channels: in a lane's first quad of output channels, and in its second.
struct Sums {
  near: array<vec4f, 8>,
  far: array<vec4f, 8>,
}

// The gradients of two tiles for both quads.
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

// Adds to 8 input channels, of each of which one lane holds the inputs of two tiles. subgroupBroadcast wants a constant
// lane, so there is no loop.
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

// Lane r holds channel 4·r of those from `first` on.
fn write(sum: ptr<function, array<vec4f, 8>>, first: u32, column: u32) {
  for (var r = 0u; r < 8u && first + 4u * r < 4u * step.quadsV; r++) {
    let i = column + (first + 4u * r) * step.quads;
    du[i] = select((*sum)[r] + du[i], (*sum)[r], step.isFirst == 1u);
  }
}

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let quads = step.quads;
  let quadsV = step.quadsV;
  let near = group.x * select(8u, 16u, IS_WIDE) + lane;
  let far = near + 8u;
  let firstChannel = group.y * 32u;
  let plane = group.z;
  // All lanes go on to the end, even those beyond the last channel: the others need what they read.
  let nearColumn = plane * step.planeD + min(near, quads - 1u);
  let farColumn = plane * step.planeD + min(far, quads - 1u);
  let row = plane * step.planeV + min(group.y * 8u + lane, quadsV - 1u);
  var sums0: Sums;
  var sums1: Sums;
  var sums2: Sums;
  var sums3: Sums;
  for (var t = 0u; t < step.tiles; t += 2u) {
    // The last tile may be alone: the gradient of the one beside it counts as zeros.
    let isPair = t + 1u < step.tiles;
    let next = select(t, t + 1u, isPair);
    let inputs = transpose(mat2x4f(v[row + t * quadsV], v[row + next * quadsV]));
    var slopes: Slopes;
    slopes.near = mat2x4f(d[nearColumn + t * quads], select(vec4f(), d[nearColumn + next * quads], isPair));
    if (IS_WIDE) {
      slopes.far = mat2x4f(d[farColumn + t * quads], select(vec4f(), d[farColumn + next * quads], isPair));
    }
    addProducts(&sums0, inputs[0], slopes);
    addProducts(&sums1, inputs[1], slopes);
    addProducts(&sums2, inputs[2], slopes);
    addProducts(&sums3, inputs[3], slopes);
  }
  let column = plane * step.planeU;
  if (near < quads) {
    write(&sums0.near, firstChannel, column + near);
    write(&sums1.near, firstChannel + 1u, column + near);
    write(&sums2.near, firstChannel + 2u, column + near);
    write(&sums3.near, firstChannel + 3u, column + near);
  }
  if (IS_WIDE && far < quads) {
    write(&sums0.far, firstChannel, column + far);
    write(&sums1.far, firstChannel + 1u, column + far);
    write(&sums2.far, firstChannel + 2u, column + far);
    write(&sums3.far, firstChannel + 3u, column + far);
  }
}
