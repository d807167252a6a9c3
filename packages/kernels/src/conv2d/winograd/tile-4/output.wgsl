// winograd4.output: one thread transforms one tile back: 4×4 pixels in one channel.
//
//   y[n, 4·ty + i, 4·tx + j, oc] = act( b[oc] + (Aᵀ m A)[i,j] )     m[r,s] = M[6r + s, t, oc];
//                                                                   t = ((n − first)·tilesH + ty)·tilesW + tx
//
// For backwardInput y is dx, and where a rectifier made x, the gradient before it: 0 where x is.
//
// M: 36 planes × tiles × OUT_C   b: OUT_C   x, y: NHWC      f32
// grid: x ⌈tiles in a row·OUT_C/64⌉, y tiles in a column, z pictures: workgroups of 64; neighbouring threads are neighbouring
//       channels. So nothing is divided but by OUT_C, and few pipelines serve all sizes: sizes are step numbers
// cost: 36 reads, some 150 operations, 16 writes a tile and channel
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

// Aᵀ times a line of six.
fn transform(m: array<f32, 6>) -> array<f32, 4> {
  let nearSum = m[1] + m[2];
  let nearDifference = m[1] - m[2];
  let farSum = m[3] + m[4];
  let farDifference = m[3] - m[4];
  return array(
    m[0] + nearSum + farSum,
    nearDifference + 2.0 * farDifference,
    nearSum + 4.0 * farSum,
    nearDifference + 8.0 * farDifference + m[5],
  );
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
  let top = id.y * 4u;
  let left = id.x / OUT_C * 4u;
  let oc = id.x % OUT_C;

  var columns: array<array<f32, 4>, 6>; // the transformed columns of the tile
  for (var s = 0u; s < 6u; s++) {
    var column: array<f32, 6>;
    for (var r = 0u; r < 6u; r++) {
      column[r] = m[(6u * r + s) * step.plane + k];
    }
    columns[s] = transform(column);
  }
  let bias = select(0.0, b[oc], HAS_BIAS);
  for (var i = 0u; i < 4u; i++) {
    let row = transform(array(columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i], columns[5][i]));
    for (var j = 0u; j < 4u; j++) {
      // The last tiles stand out over the edge.
      if (top + i < step.height && left + j < step.width) {
        let o = ((n * step.height + top + i) * step.width + left + j) * OUT_C + oc;
        let value = activate(row[j] + bias);
        y[o] = select(0.0, value, !IS_RECTIFIED || x[o] > 0.0);
      }
    }
  }
}
