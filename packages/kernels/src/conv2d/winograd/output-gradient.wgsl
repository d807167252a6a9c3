// winograd.outputGradient: one thread transforms the gradients of one tile: 4×4 pixels in one channel.
//
//   D[p, t, oc] = (A g Aᵀ)[i,j]     p = 6i + j;  g[r,s] = dy[n, 4·ty + r, 4·tx + s, oc];
//                                   t = ((n − first)·TILES_H + ty)·TILES_W + tx
//
// dy: NHWC; 0 outside   D: 36 planes × tiles × OUT_C      f32
// grid: ⌈tiles·OUT_C/64⌉ workgroups of 64, folded into two dimensions; neighbouring threads are neighbouring channels
// cost: 16 reads, some 150 operations, 36 writes a tile and channel
// checked against winograd.reference.ts

override OUT_H: u32;
override OUT_W: u32;
override OUT_C: u32;
override TILES_H: u32;
override TILES_W: u32;

struct Step {
  tiles: u32, // of this slice of the batch
  first: u32, // its first picture
  plane: u32, // elements from one plane of D to the next
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> d: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

// A times a line of four.
fn transform(g: array<f32, 4>) -> array<f32, 6> {
  let nearEven = g[0] + g[2];
  let nearOdd = g[1] + g[3];
  let farEven = g[0] + 4.0 * g[2];
  let farOdd = 2.0 * g[1] + 8.0 * g[3];
  return array(g[0], nearEven + nearOdd, nearEven - nearOdd, farEven + farOdd, farEven - farOdd, g[3]);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let k = id.y * groups.x * 64u + id.x;
  if (k >= step.tiles * OUT_C) {
    return;
  }
  let t = k / OUT_C;
  let n = step.first + t / (TILES_H * TILES_W);
  let top = t / TILES_W % TILES_H * 4u;
  let left = t % TILES_W * 4u;

  var columns: array<array<f32, 6>, 4>; // the transformed columns of the tile
  for (var s = 0u; s < 4u; s++) {
    var column: array<f32, 4>;
    for (var r = 0u; r < 4u; r++) {
      let slope = dy[((n * OUT_H + top + r) * OUT_W + left + s) * OUT_C + k % OUT_C];
      column[r] = select(0.0, slope, top + r < OUT_H && left + s < OUT_W);
    }
    columns[s] = transform(column);
  }
  for (var i = 0u; i < 6u; i++) {
    let row = transform(array(columns[0][i], columns[1][i], columns[2][i], columns[3][i]));
    for (var j = 0u; j < 6u; j++) {
      d[(6u * i + j) * step.plane + k] = row[j];
    }
  }
}
