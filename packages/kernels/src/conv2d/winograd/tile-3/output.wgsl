// winograd3.output: one thread transforms one tile back: 3×3 pixels in one channel.
//
//   y[n, 3·ty + i, 3·tx + j, oc] = act( b[oc] + (Aᵀ m A)[i,j] )     m[r,s] = M[5r + s, t, oc];
//                                                                   t = ((n − first)·tilesH + ty)·tilesW + tx
//
// For backwardInput y is dx, and where a rectifier made x, the gradient before it: 0 where x is.
//
// M: 25 planes × tiles × OUT_C   b: OUT_C   x, y: NHWC      f32
// grid: x ⌈tiles in a row·OUT_C/64⌉, y tiles in a column, z pictures: workgroups of 64; neighbouring threads are neighbouring
//       channels. So nothing is divided but by OUT_C, and few pipelines serve all sizes: sizes are step numbers
// cost: 25 reads, some 75 operations, 9 writes a tile and channel
// checked against ../winograd.reference.ts

override OUT_C: u32;
override ACTIVATION: u32; // 0 linear, 1 relu, 2 sigmoid, 3 tanh
override HAS_BIAS: bool; // without, any buffer may stand in for b
override IS_RECTIFIED: bool; // without, any buffer may stand in for x

struct Step {
  height: u32, // of y
  width: u32,
  tilesH: u32,
  tilesW: u32,
  first: u32, // the first picture of this slice of the batch
  plane: u32, // elements from one plane of M to the next
}

@group(0) @binding(0) var<storage, read> m: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

// Aᵀ times a line of five.
fn transform(m: array<f32, 5>) -> array<f32, 3> {
  let sum = m[1] + m[2];
  return array(m[0] + sum + m[3], m[1] - m[2] + 2.0 * m[3], sum + 4.0 * m[3] + m[4]);
}

fn activate(value: f32) -> f32 {
  switch (ACTIVATION) {
    case 1u: { return select(value, 0.0, value <= 0.0); } // NaN stays NaN
    case 2u: { return 1.0 / (1.0 + exp(-value)); }
    case 3u: { return tanh(clamp(value, -10.0, 10.0)); }
    default: { return value; }
  }
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
  let oc = id.x % OUT_C;

  var columns: array<array<f32, 3>, 5>; // the transformed columns of the tile
  for (var s = 0u; s < 5u; s++) {
    var column: array<f32, 5>;
    for (var r = 0u; r < 5u; r++) {
      column[r] = m[(5u * r + s) * step.plane + k];
    }
    columns[s] = transform(column);
  }
  let bias = select(0.0, b[oc], HAS_BIAS);
  for (var i = 0u; i < 3u; i++) {
    let row = transform(array(columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i]));
    for (var j = 0u; j < 3u; j++) {
      // The last tiles stand out over the edge.
      if (top + i < step.height && left + j < step.width) {
        let o = ((n * step.height + top + i) * step.width + left + j) * OUT_C + oc;
        let value = activate(row[j] + bias);
        y[o] = select(0.0, value, !IS_RECTIFIED || x[o] > 0.0);
      }
    }
  }
}
