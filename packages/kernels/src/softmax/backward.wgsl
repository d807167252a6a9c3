// softmax.backward: one thread per row. The slope is told by the result, so the input need not be kept.
//
//   dx[r,c] = y[r,c] · (dy[r,c] − Σ_k dy[r,k]·y[r,k])
//
// y, dy, dx: rows × COLUMNS, the last axis being the columns
// grid: ⌈rows/64⌉ workgroups of 64, folded into two dimensions
// cost: y and dy are read twice, dx written once
// checked against softmax.reference.ts

override COLUMNS: u32;

struct Step {
  rows: u32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= step.rows) {
    return;
  }
  let first = row * COLUMNS;
  var mean = 0.0; // of dy, weighted by the probabilities y
  for (var c = 0u; c < COLUMNS; c++) {
    mean += dy[first + c] * y[first + c];
  }
  for (var c = 0u; c < COLUMNS; c++) {
    dx[first + c] = y[first + c] * (dy[first + c] - mean);
  }
}
