// winograd3.input: one thread transforms one tile of 5×5 pixels in one channel.
//
//   V[p, t, ic] = (Bᵀ d B)[i,j]     p = 5i + j;  d[r,s] = x[n, 3·ty + r − padTop, 3·tx + s − padLeft, ic];
//                                   t = ((n − first)·tilesH + ty)·tilesW + tx
//
// x: NHWC; 0 outside   V: 25 planes × tiles × IN_C      f32
// grid: x ⌈tiles in a row·IN_C/64⌉, y tiles in a column, z pictures: workgroups of 64; neighbouring threads are neighbouring
//       channels. So nothing is divided but by IN_C, and few pipelines serve all sizes: sizes are step numbers
// cost: 25 reads, 90 additions and 40 multiplications, 25 writes a tile and channel; a pixel is read 25/9 times
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

// Bᵀ times a line of five.
fn transform(d: array<f32, 5>) -> array<f32, 5> {
  let odd = d[3] - d[1];
  return array(
    2.0 * (d[0] - d[2]) + odd,
    odd - d[1] - d[2],
    2.0 * d[1] - 3.0 * d[2] + d[3],
    odd,
    d[4] - d[2] - 2.0 * odd,
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
  let top = id.y * 3u - step.padTop;
  let left = id.x / IN_C * 3u - step.padLeft;

  var columns: array<array<f32, 5>, 5>; // the transformed columns of the tile
  for (var s = 0u; s < 5u; s++) {
    let ix = left + s;
    var column: array<f32, 5>;
    for (var r = 0u; r < 5u; r++) {
      let iy = top + r;
      let value = x[((n * step.height + iy) * step.width + ix) * IN_C + id.x % IN_C];
      column[r] = select(0.0, value, iy < step.height && ix < step.width);
    }
    columns[s] = transform(column);
  }
  for (var i = 0u; i < 5u; i++) {
    let row = transform(array(columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i]));
    for (var j = 0u; j < 5u; j++) {
      v[(5u * i + j) * step.plane + k] = row[j];
    }
  }
}
