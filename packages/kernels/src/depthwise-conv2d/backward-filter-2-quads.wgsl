// depthwise-conv2d.backwardFilter, 2. quads: one thread per four channels of a tap and part of the output rows;
// sum-partials.wgsl adds the parts up.
//
//   partial[part,fy,fx,c] = Σ_{n,oy of the part, ox} x[n, oy·STRIDE_H + fy·DILATION_H − PAD_TOP,
//                                                          ox·STRIDE_W + fx·DILATION_W − PAD_LEFT, c] · dy[n,oy,ox,c]
//
// x: NHWC   dy: NHWC   partial: PARTS × rows, columns, channels (MULTIPLIER is 1)      read as quads: IN_C is a multiple of 4;
// reads outside x are zero
// grid: x ⌈FILTER_H·FILTER_W·OUT_C/4/8⌉, y PARTS workgroups of 8
// cost: 2·batch·OUT_H·OUT_W·OUT_C·FILTER_H·FILTER_W flop; two reads of 16 bytes for four of the multiply-adds
// checked against depthwise-conv2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override IN_C: u32;
override FILTER_H: u32;
override FILTER_W: u32;
override OUT_H: u32;
override OUT_W: u32;
override OUT_C: u32; // IN_C
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;
override PARTS: u32;

struct Step {
  batch: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let quads = IN_C / 4u;
  let elements = FILTER_H * FILTER_W * quads;
  let i = id.x;
  let part = id.y;
  if (i >= elements) {
    return;
  }
  let q = i % quads;
  let fx = i / quads % FILTER_W;
  let fy = i / quads / FILTER_W;
  // The outputs whose tap lies inside: ox·STRIDE_W + shift − PAD_LEFT is at least 0 and below IN_W.
  let shift = fx * DILATION_W;
  let firstOx = (max(PAD_LEFT, shift) - shift + STRIDE_W - 1u) / STRIDE_W;
  let endOx = min((max(IN_W + PAD_LEFT, shift) - shift + STRIDE_W - 1u) / STRIDE_W, OUT_W);

  let rows = step.batch * OUT_H;
  let rowsOfPart = (rows + PARTS - 1u) / PARTS;
  let end = min((part + 1u) * rowsOfPart, rows);
  var sum = vec4f();
  for (var row = part * rowsOfPart; row < end; row++) {
    let n = row / OUT_H;
    // Rows before the first wrap to huge numbers and fail the test.
    let iy = row % OUT_H * STRIDE_H + fy * DILATION_H - PAD_TOP;
    if (iy >= IN_H) {
      continue;
    }
    var sumOfRow = vec4f();
    for (var ox = firstOx; ox < endOx; ox++) {
      let ix = ox * STRIDE_W + shift - PAD_LEFT;
      sumOfRow += x[((n * IN_H + iy) * IN_W + ix) * quads + q] * dy[(row * OUT_W + ox) * quads + q];
    }
    // A sum of row sums: the rounding error grows with the rows, not with the pixels.
    sum += sumOfRow;
  }
  partial[part * elements + i] = sum;
}
