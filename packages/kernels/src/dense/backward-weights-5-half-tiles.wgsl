// dense.backwardWeights, 5. half tiles: for GPUs, with mixed precision. A workgroup computes a tile of 64 inputs by 64 outputs
// of dw from workgroup memory that holds f16.
//
//   dw[i,o] = Σ_n h(x[n,i]) · h(1024·dy[n,o]) / 1024      h: rounded to f16
//
// Idea: backward-weights-4-tiles.wgsl, as conv2d/backward-filter-6-half-tiles.wgsl.
//
// x: rows × IN   dy: rows × OUT   dw: IN × OUT      f32, row-major; IN and OUT are multiples of 4
// grid: x ⌈OUT/64⌉, y·z ⌈IN/64⌉ workgroups of 16×8
// cost: as 4; 4 KiB of workgroup memory
// checked against dense.reference.ts

enable f16;

override IN: u32;
override OUT: u32;

const THREADS_O = 16u; // along the outputs, 4 of which are a thread's
const THREADS_I = 8u; // along the inputs, 8 of which are a thread's
const QUADS = 16u; // on a side of the tile
const DEPTH = 16u; // rows that are in workgroup memory at a time
// Gradients are stored times this, so that f16 holds them to its full precision from 6e-8 to 64.
const GRADIENT_SCALE = 1024.0;

struct Step {
  rows: u32,
  depthQuads: u32, // DEPTH/4; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

var<workgroup> tileX: array<vec4h, DEPTH * QUADS>; // [row][quad of inputs]
var<workgroup> tileDy: array<vec4h, DEPTH * QUADS>; // [row][quad of outputs]

fn xAt(n: u32, quad: u32) -> vec4f {
  return select(vec4f(), x[n * (IN / 4u) + quad], n < step.rows && quad < IN / 4u);
}

fn dyAt(n: u32, quad: u32) -> vec4f {
  return select(vec4f(), dy[n * (OUT / 4u) + quad], n < step.rows && quad < OUT / 4u);
}

// Rounded to f16. What is too large for it becomes its largest number; NaN stays NaN.
fn half(value: vec4f) -> vec4h {
  let most = vec4f(65504.0);
  return vec4h(select(select(value, most, value > most), -most, value < -most));
}

@compute @workgroup_size(THREADS_O, THREADS_I)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let firstX = (group.z * groups.y + group.y) * QUADS;
  let firstDy = group.x * QUADS;
  var nextX: array<vec4h, 2>;
  var nextDy: array<vec4h, 2>;
  var sum: array<vec4f, 8>;
  // Reads of a tile are under way while the one before it is multiplied: one round more than there are tiles.
  for (var n = 0u; n < step.rows + DEPTH; n += DEPTH) {
    for (var r = 0u; r < 2u; r++) {
      nextX[r] = half(xAt(n + local.y + r * THREADS_I, firstX + local.x));
      nextDy[r] = half(GRADIENT_SCALE * dyAt(n + local.y + r * THREADS_I, firstDy + local.x));
    }
    if (n > 0u) {
      for (var q = 0u; q < step.depthQuads; q++) {
        for (var j = 0u; j < 4u; j++) {
          let row = (4u * q + j) * QUADS;
          let input0 = vec4f(tileX[row + local.y]);
          let input1 = vec4f(tileX[row + THREADS_I + local.y]);
          let slope = vec4f(tileDy[row + local.x]);
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
      dw[i * (OUT / 4u) + quad] = sum[r] / GRADIENT_SCALE;
    }
  }
}
