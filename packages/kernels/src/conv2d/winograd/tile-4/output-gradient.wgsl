// winograd4.outputGradient: one thread transforms the gradients of one tile: 4×4 pixels in one channel.
//
//   D[p, t, oc] = (A g Aᵀ)[i,j]     p = 6i + j;  g[r,s] = dy[n, 4·ty + r, 4·tx + s, oc];
//                                   t = ((n − first)·tilesH + ty)·tilesW + tx
//
// dy: NHWC; 0 outside   D: 36 planes × tiles × OUT_C      f32
// grid: x ⌈tiles in a row·OUT_C/64⌉, y tiles in a column, z pictures: workgroups of 64; neighbouring threads are neighbouring
//       channels. So nothing is divided but by OUT_C, and few pipelines serve all sizes: sizes are step numbers
// cost: 16 reads, some 150 operations, 36 writes a tile and channel
// checked against ../winograd.reference.ts

override OUT_C: u32;

struct Step {
  height: u32, // of dy
  width: u32,
  tilesH: u32,
  tilesW: u32,
  first: u32, // the first picture of this slice of the batch
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
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= step.tilesW * OUT_C) {
    return;
  }
  let n = step.first + id.z;
  let k = (id.z * step.tilesH + id.y) * step.tilesW * OUT_C + id.x; // t·OUT_C + oc
  let top = id.y * 4u;
  let left = id.x / OUT_C * 4u;

  var columns: array<array<f32, 6>, 4>; // the transformed columns of the tile
  for (var s = 0u; s < 4u; s++) {
    var column: array<f32, 4>;
    for (var r = 0u; r < 4u; r++) {
      let slope = dy[((n * step.height + top + r) * step.width + left + s) * OUT_C + id.x % OUT_C];
      column[r] = select(0.0, slope, top + r < step.height && left + s < step.width);
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
