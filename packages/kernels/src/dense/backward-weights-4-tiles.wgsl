// dense.backwardWeights, 4. tiles: for GPUs. A workgroup computes a tile of 64 inputs by 64 outputs of dw through workgroup
// memory; each thread holds 8 inputs by 4 outputs in registers.
//
//   dw[i,o] = Σ_n x[n,i] · dy[n,o]
//
// Idea: as in conv2d/backward-filter-5-tiles.wgsl. The results are many and the sum over a batch is short: no parts.
//
// x: rows × IN   dy: rows × OUT   dw: IN × OUT      f32, row-major; IN and OUT are multiples of 4
// grid: x ⌈OUT/64⌉, y·z ⌈IN/64⌉ workgroups of 16×8
// cost: 2·rows·IN·OUT flop, with 2/64 reads from afar a multiply-add; 8 KiB of workgroup memory
// checked against dense.reference.ts

override IN: u32;
override OUT: u32;

const THREADS_O = 16u; // along the outputs, 4 of which are a thread's
const THREADS_I = 8u; // along the inputs, 8 of which are a thread's
const QUADS = 16u; // on a side of the tile
const DEPTH = 16u; // rows that are in workgroup memory at a time

struct Step {
  rows: u32,
  depthQuads: u32, // DEPTH/4; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

var<workgroup> tileX: array<vec4f, DEPTH * QUADS>; // [row][quad of inputs]
var<workgroup> tileDy: array<vec4f, DEPTH * QUADS>; // [row][quad of outputs]

fn xAt(n: u32, quad: u32) -> vec4f {
  return select(vec4f(), x[n * (IN / 4u) + quad], n < step.rows && quad < IN / 4u);
}

fn dyAt(n: u32, quad: u32) -> vec4f {
  return select(vec4f(), dy[n * (OUT / 4u) + quad], n < step.rows && quad < OUT / 4u);
}

@compute @workgroup_size(THREADS_O, THREADS_I)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let firstX = (group.z * groups.y + group.y) * QUADS;
  let firstDy = group.x * QUADS;
  var nextX: array<vec4f, 2>;
  var nextDy: array<vec4f, 2>;
  var sum: array<vec4f, 8>;
  // Reads of a tile are under way while the one before it is multiplied: one round more than there are tiles.
  for (var n = 0u; n < step.rows + DEPTH; n += DEPTH) {
    for (var r = 0u; r < 2u; r++) {
      nextX[r] = xAt(n + local.y + r * THREADS_I, firstX + local.x);
      nextDy[r] = dyAt(n + local.y + r * THREADS_I, firstDy + local.x);
    }
    if (n > 0u) {
      for (var q = 0u; q < step.depthQuads; q++) {
        for (var j = 0u; j < 4u; j++) {
          let row = (4u * q + j) * QUADS;
          let input0 = tileX[row + local.y];
          let input1 = tileX[row + THREADS_I + local.y];
          let slope = tileDy[row + local.x];
          for (var r = 0u; r < 4u; r++) {
            sum[r] += input0[r] * slope;
            sum[4u + r] += input1[r] * slope;
          }
        }
      }
    }
    workgroupBarrier();
    for (var r = 0u; r < 2u; r++) {
      let place = (local.y + r * THREADS_I) * QUADS + local.x;
      tileX[place] = nextX[r];
      tileDy[place] = nextDy[r];
    }
    workgroupBarrier();
  }
  let quad = firstDy + local.x;
  if (quad >= OUT / 4u) {
    return;
  }
  for (var r = 0u; r < 8u; r++) {
    let i = 4u * (firstX + r / 4u * THREADS_I + local.y) + r % 4u;
    if (i < IN) {
      dw[i * (OUT / 4u) + quad] = sum[r];
    }
  }
}
