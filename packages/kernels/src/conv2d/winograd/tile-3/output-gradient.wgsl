// winograd3.outputGradient: one thread transforms the gradients of one tile: 3×3 pixels in one channel.
//
//   D[p, t, oc] = (A g Aᵀ)[i,j]     p = 5i + j;  g[r,s] = dy[n, 3·ty + r, 3·tx + s, oc];
//                                   t = ((n − first)·tilesH + ty)·tilesW + tx
//
// dy: NHWC; 0 outside   D: 25 planes × tiles × OUT_C      f32
// grid: x ⌈tiles in a row·OUT_C/64⌉, y tiles in a column, z pictures: workgroups of 64; neighbouring threads are neighbouring
//       channels. So nothing is divided but by OUT_C, and few pipelines serve all sizes: sizes are step numbers
// cost: 9 reads, some 65 operations, 25 writes a tile and channel
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

// A times a line of three.
fn transform(g: array<f32, 3>) -> array<f32, 5> {
  let ends = g[0] + g[2];
  return array(g[0], ends + g[1], ends - g[1], g[0] + 2.0 * g[1] + 4.0 * g[2], g[2]);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= step.tilesW * OUT_C) {
    return;
  }
  let n = step.first + id.z;
  let k = (id.z * step.tilesH + id.y) * step.tilesW * OUT_C + id.x; // t·OUT_C + oc
  let top = id.y * 3u;
  let left = id.x / OUT_C * 3u;

  var columns: array<array<f32, 5>, 3>; // the transformed columns of the tile
  for (var s = 0u; s < 3u; s++) {
    var column: array<f32, 3>;
    for (var r = 0u; r < 3u; r++) {
      let slope = dy[((n * step.height + top + r) * step.width + left + s) * OUT_C + id.x % OUT_C];
      column[r] = select(0.0, slope, top + r < step.height && left + s < step.width);
    }
    columns[s] = transform(column);
  }
  for (var i = 0u; i < 5u; i++) {
    let row = transform(array(columns[0][i], columns[1][i], columns[2][i]));
    for (var j = 0u; j < 5u; j++) {
      d[(5u * i + j) * step.plane + k] = row[j];
    }
  }
}
