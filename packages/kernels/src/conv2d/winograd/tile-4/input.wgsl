// winograd4.input: one thread transforms one tile of 6×6 pixels in one channel.
//
//   V[p, t, ic] = (Bᵀ d B)[i,j]     p = 6i + j;  d[r,s] = x[n, 4·ty + r − padTop, 4·tx + s − padLeft, ic];
//                                   t = ((n − first)·tilesH + ty)·tilesW + tx
//
// x: NHWC; 0 outside   V: 36 planes × tiles × IN_C      f32
// grid: x ⌈tiles in a row·IN_C/64⌉, y tiles in a column, z pictures: workgroups of 64; neighbouring threads are neighbouring
//       channels. So nothing is divided but by IN_C, and few pipelines serve all sizes: sizes are step numbers
// cost: 36 reads, 156 additions and 144 multiplications, 36 writes a tile and channel; a pixel is read 36/16 times
// checked against ../winograd.reference.ts

override IN_C: u32;

struct Step {
  height: u32, // of x
  width: u32,
  padTop: u32,
  padLeft: u32,
  tilesH: u32,
  tilesW: u32,
  first: u32, // the first picture of this slice of the batch
  plane: u32, // elements from one plane of V to the next
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> v: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

// Bᵀ times a line of six.
fn transform(d: array<f32, 6>) -> array<f32, 6> {
  let even = d[4] - 4.0 * d[2];
  let odd = d[3] - 4.0 * d[1];
  let near = d[4] - d[2];
  let far = 2.0 * (d[3] - d[1]);
  return array(
    4.0 * d[0] - 5.0 * d[2] + d[4],
    even + odd,
    even - odd,
    near + far,
    near - far,
    4.0 * d[1] - 5.0 * d[3] + d[5],
  );
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= step.tilesW * IN_C) {
    return;
  }
  let n = step.first + id.z;
  let k = (id.z * step.tilesH + id.y) * step.tilesW * IN_C + id.x; // t·IN_C + ic
  // Left of and above x these wrap to huge numbers, so one comparison leaves out all padding.
  let top = id.y * 4u - step.padTop;
  let left = id.x / IN_C * 4u - step.padLeft;

  var columns: array<array<f32, 6>, 6>; // the transformed columns of the tile
  for (var s = 0u; s < 6u; s++) {
    let ix = left + s;
    var column: array<f32, 6>;
    for (var r = 0u; r < 6u; r++) {
      let iy = top + r;
      let value = x[((n * step.height + iy) * step.width + ix) * IN_C + id.x % IN_C];
      column[r] = select(0.0, value, iy < step.height && ix < step.width);
    }
    columns[s] = transform(column);
  }
  for (var i = 0u; i < 6u; i++) {
    let row = transform(array(columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i], columns[5][i]));
    for (var j = 0u; j < 6u; j++) {
      v[(6u * i + j) * step.plane + k] = row[j];
    }
  }
}
