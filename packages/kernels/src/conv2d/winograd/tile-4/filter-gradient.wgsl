// winograd4.filterGradient: one thread transforms the gradient of one 3×3 filter back, of one input and one output channel.
//
//   df[r, s, ic, oc] = (Gᵀ h G)[r,s]     h[i,j] = dU[6i + j, ic, oc]
//
// dU: 36 planes × IN_C × OUT_C   df: HWIO      f32, row-major
// grid: ⌈IN_C·OUT_C/64⌉ workgroups of 64, folded into two dimensions
// cost: 36 reads, 9 writes and some 100 operations a filter
// checked against ../winograd.reference.ts

struct Step {
  count: u32, // IN_C·OUT_C
  plane: u32, // elements from one plane of dU to the next
}

@group(0) @binding(0) var<storage, read> du: array<f32>;
@group(0) @binding(1) var<storage, read_write> df: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

// Gᵀ times a line of six.
fn transform(h: array<f32, 6>) -> array<f32, 3> {
  let near = (h[1] + h[2]) * (-1.0 / 6.0);
  let far = h[3] + h[4];
  return array(
    0.25 * h[0] + near + far * (1.0 / 24.0),
    (h[2] - h[1]) * (1.0 / 6.0) + (h[3] - h[4]) * (1.0 / 12.0),
    near + far * (1.0 / 6.0) + h[5],
  );
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  var columns: array<array<f32, 3>, 6>; // the transformed columns of h
  for (var s = 0u; s < 6u; s++) {
    var column: array<f32, 6>;
    for (var r = 0u; r < 6u; r++) {
      column[r] = du[(6u * r + s) * step.plane + i];
    }
    columns[s] = transform(column);
  }
  for (var r = 0u; r < 3u; r++) {
    let row = transform(array(columns[0][r], columns[1][r], columns[2][r], columns[3][r], columns[4][r], columns[5][r]));
    for (var s = 0u; s < 3u; s++) {
      df[(3u * r + s) * step.count + i] = row[s];
    }
  }
}
