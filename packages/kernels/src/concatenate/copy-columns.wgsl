// Copies columns of rows into rows of another length.
//
//   y[r, yFirst + j] = x[r, xFirst + j]     for all rows r and j < width
//
// x: rows × xColumns   y: rows × yColumns      row-major; a row is all that lies behind the axis that is joined or cut, it
// included; what else is in y is left as it is. Sizes are step numbers, in values: one pipeline for all of them.
// grid: ⌈stride/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many elements as threads take part,
//       which are whole rows of width: so it keeps its column, and divides once
// cost: 8 bytes an element
// checked against concatenate.reference.ts

struct Step {
  width: u32,
  xColumns: u32,
  xFirst: u32,
  yColumns: u32,
  yFirst: u32,
  rows: u32,
  stride: u32, // threads that take part: a multiple of width
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = id.y * groups.x * 64u + id.x;
  if (first >= step.stride) {
    return;
  }
  let j = first % step.width;
  let rowsOfRound = step.stride / step.width;
  for (var r = first / step.width; r < step.rows; r += rowsOfRound) {
    y[r * step.yColumns + step.yFirst + j] = x[r * step.xColumns + step.xFirst + j];
  }
}
