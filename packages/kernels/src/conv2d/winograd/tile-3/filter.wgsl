// winograd3.filter: one thread transforms one 3×3 filter, of one input and one output channel.
//
//   U[p, k, o] = (G g Gᵀ)[i,j]     p = 5i + j;  g[r,s] = f[r, s, k, o], or, turned, f[2 − r, 2 − s, o, k]
//
// Turned, it is the filter of the convolution that makes dx from dy: upside down, its channels exchanged.
//
// f: HWIO   U: 25 planes × K × O      f32, row-major
// grid: ⌈K·O/64⌉ workgroups of 64, folded into two dimensions
// cost: 9 reads, 25 writes and some 80 operations a filter
// checked against ../winograd.reference.ts

override IS_TURNED: bool;

struct Step {
  inC: u32, // of f
  outC: u32,
  plane: u32, // elements from one plane of U to the next
}

@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read_write> u: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

// G times a line of three.
fn transform(g: array<f32, 3>) -> array<f32, 5> {
  let ends = g[0] + g[2];
  return array(
    0.5 * g[0],
    -0.5 * (ends + g[1]),
    (g[1] - ends) * (1.0 / 6.0),
    (g[0] + 4.0 * g[2]) * (1.0 / 6.0) + g[1] * (1.0 / 3.0),
    g[2],
  );
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.inC * step.outC) {
    return;
  }
  // Thread i makes element i of each plane.
  let source = select(i, i % step.inC * step.outC + i / step.inC, IS_TURNED);
  var columns: array<array<f32, 5>, 3>; // the transformed columns of the filter
  for (var s = 0u; s < 3u; s++) {
    var column: array<f32, 3>;
    for (var r = 0u; r < 3u; r++) {
      let tap = 3u * r + s;
      column[r] = f[select(tap, 8u - tap, IS_TURNED) * step.inC * step.outC + source];
    }
    columns[s] = transform(column);
  }
  for (var r = 0u; r < 5u; r++) {
    let row = transform(array(columns[0][r], columns[1][r], columns[2][r]));
    for (var s = 0u; s < 5u; s++) {
      u[(5u * r + s) * step.plane + i] = row[s];
    }
  }
}
