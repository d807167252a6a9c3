// bias gradient, quads: one thread per four channels and part of the rows; sum-partials.wgsl adds the parts up.
//
//   partial[p, c] = Σ_{rows of part p} dy[row, c]     row: a pixel of a picture (conv2d) or a picture (dense)
//
// dy: rows × CHANNELS   partial: PARTS × CHANNELS      f32, row-major, read as quads: CHANNELS is a multiple of 4
// grid: x ⌈CHANNELS/4/8⌉, y PARTS workgroups of 8
// cost: one addition an element of dy
// checked against bias-gradient.reference.ts

override CHANNELS: u32;
override PARTS: u32;

struct Step {
  rows: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(2) var<uniform> step: Step;

const ROWS_OF_BLOCK = 64u; // a multiple of 4

@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let quads = CHANNELS / 4u;
  let q = id.x;
  let part = id.y;
  if (q >= quads) {
    return;
  }
  let rowsOfPart = (step.rows + PARTS - 1u) / PARTS;
  let end = min((part + 1u) * rowsOfPart, step.rows);
  var sum = vec4f();
  // Sums of block sums: the rounding error grows with the blocks, not with the rows.
  for (var block = part * rowsOfPart; block < end; block += ROWS_OF_BLOCK) {
    var sumOfBlock = vec4f();
    let endOfBlock = min(block + ROWS_OF_BLOCK, end);
    var row = block;
    for (; row + 4u <= endOfBlock; row += 4u) {
      let i = row * quads + q;
      sumOfBlock += (dy[i] + dy[i + quads]) + (dy[i + 2u * quads] + dy[i + 3u * quads]);
    }
    for (; row < endOfBlock; row++) {
      sumOfBlock += dy[row * quads + q];
    }
    sum += sumOfBlock;
  }
  partial[part * quads + q] = sum;
}
