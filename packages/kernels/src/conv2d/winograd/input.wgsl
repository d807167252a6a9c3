// winograd.input: one thread transforms one tile of 6×6 pixels in one channel.
//
//   V[p, t, ic] = (Bᵀ d B)[i,j]     p = 6i + j;  d[r,s] = x[n, 4·ty + r − PAD_TOP, 4·tx + s − PAD_LEFT, ic];
//                                   t = ((n − first)·TILES_H + ty)·TILES_W + tx
//
// x: NHWC; 0 outside   V: 36 planes × tiles × IN_C      f32
// grid: ⌈tiles·IN_C/64⌉ workgroups of 64, folded into two dimensions; neighbouring threads are neighbouring channels
// cost: 36 reads, 156 additions and 144 multiplications, 36 writes a tile and channel; a pixel is read 36/16 times
// checked against winograd.reference.ts

override IN_H: u32;
override IN_W: u32;
override IN_C: u32;
override TILES_H: u32;
override TILES_W: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;

struct Step {
  tiles: u32, // of this slice of the batch
  first: u32, // its first picture
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
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let k = id.y * groups.x * 64u + id.x;
  if (k >= step.tiles * IN_C) {
    return;
  }
  let t = k / IN_C;
  let n = step.first + t / (TILES_H * TILES_W);
  // Left of and above x these wrap to huge numbers, so one comparison leaves out all padding.
  let top = t / TILES_W % TILES_H * 4u - PAD_TOP;
  let left = t % TILES_W * 4u - PAD_LEFT;

  var columns: array<array<f32, 6>, 6>; // the transformed columns of the tile
  for (var s = 0u; s < 6u; s++) {
    let ix = left + s;
    var column: array<f32, 6>;
    for (var r = 0u; r < 6u; r++) {
      let iy = top + r;
      let value = x[((n * IN_H + iy) * IN_W + ix) * IN_C + k % IN_C];
      column[r] = select(0.0, value, iy < IN_H && ix < IN_W);
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
