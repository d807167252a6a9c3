// softmax.forward: one thread per row. The row's maximum is subtracted first, so exp cannot overflow.
//
//   y[r,c] = exp(x[r,c] − m[r]) / Σ_k exp(x[r,k] − m[r]),  m[r] = max_k x[r,k]
//
// x, y: rows × COLUMNS, the last axis being the columns
// grid: ⌈rows/64⌉ workgroups of 64, folded into two dimensions
// cost: x is read twice, y written twice and read once; one exp and one division an element
// checked against softmax.reference.ts

override COLUMNS: u32;

struct Step {
  rows: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= step.rows) {
    return;
  }
  let first = row * COLUMNS;
  var largest = x[first];
  for (var c = 1u; c < COLUMNS; c++) {
    largest = max(largest, x[first + c]);
  }
  var sum = 0.0;
  for (var c = 0u; c < COLUMNS; c++) {
    let e = exp(x[first + c] - largest);
    y[first + c] = e;
    sum += e;
  }
  for (var c = 0u; c < COLUMNS; c++) {
    y[first + c] = y[first + c] / sum;
  }
}
