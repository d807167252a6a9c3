// bias gradient: one thread per channel and part of the rows; sum-partials.wgsl adds the parts up.
//
//   partial[p, c] = Σ_{rows of part p} dy[row, c]     row: a pixel of a picture (conv2d) or a picture (dense)
//
// dy: rows × CHANNELS   partial: PARTS × CHANNELS      f32, row-major
// grid: x ⌈CHANNELS/8⌉, y PARTS workgroups of 8
// cost: one addition an element of dy
// checked against bias-gradient.reference.ts

override CHANNELS: u32;
override PARTS: u32;

struct Step {
  rows: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

const ROWS_OF_BLOCK = 64u;

@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  let part = id.y;
  if (c >= CHANNELS) {
    return;
  }
  let rowsOfPart = (step.rows + PARTS - 1u) / PARTS;
  let end = min((part + 1u) * rowsOfPart, step.rows);
  var sum = 0.0;
  // Sums of block sums: the rounding error grows with the blocks, not with the rows.
  for (var block = part * rowsOfPart; block < end; block += ROWS_OF_BLOCK) {
    var sumOfBlock = 0.0;
    let endOfBlock = min(block + ROWS_OF_BLOCK, end);
    for (var row = block; row < endOfBlock; row++) {
      sumOfBlock += dy[row * CHANNELS + c];
    }
    sum += sumOfBlock;
  }
  partial[part * CHANNELS + c] = sum;
}
