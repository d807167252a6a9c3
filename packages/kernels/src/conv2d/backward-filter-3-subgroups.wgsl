// conv2d.backwardFilter, 3. subgroups: 8 lanes compute 32 rows of df by 32 channels, over a part of the output rows, and
// share what they read; sum-partials.wgsl adds the parts up.
//
//   partial[s, m, oc] = Σ_{(n,oy) in part s} Σ_ox x[n, …, …, ic] · dy[n,oy,ox,oc]     m = tap·IN_C + ic: a row of df
//
// Idea: as in forward-3-subgroups.wgsl: each lane owns 4 channels of 32 rows. For each output pixel it reads the gradients
// of its channels, and the input of only 4 of the rows; the other 28 come from the other lanes by subgroupBroadcast.
//
// x: NHWC   dy: NHWC   partial: PARTS × HWIO      f32, row-major; reads outside x are zero; OUT_C is a multiple of 4
// grid: x ⌈OUT_C/32⌉, y ⌈FILTER_H·FILTER_W·IN_C/32⌉, z PARTS workgroups of 8, one subgroup each
// cost: as 1, with 8/256 of the reads
// checked against conv2d.reference.ts

enable subgroups;

override IN_H: u32;
override IN_W: u32;
override IN_C: u32;
override FILTER_H: u32;
override FILTER_W: u32;
override OUT_H: u32;
override OUT_W: u32;
override OUT_C: u32;
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;
override PARTS: u32;

struct Step {
  batch: u32,
  columns: u32, // OUT_W; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

// The row of df whose input a lane reads for everyone: how far its tap lies from the window's begin, and its channel.
// Left of and above x the differences wrap to huge numbers.
struct FilterRow {
  down: u32,
  right: u32,
  ic: u32,
}

fn filterRowAt(m: u32) -> FilterRow {
  let last = min(m, FILTER_H * FILTER_W * IN_C - 1u);
  let tap = last / IN_C;
  return FilterRow(tap / FILTER_W * DILATION_H - PAD_TOP, tap % FILTER_W * DILATION_W - PAD_LEFT, last % IN_C);
}

fn xAt(row: FilterRow, n: u32, top: u32, left: u32) -> f32 {
  let iy = top + row.down;
  let ix = left + row.right;
  let inside = iy < IN_H && ix < IN_W;
  return select(0.0, x[((n * IN_H + iy) * IN_W + ix) * IN_C + row.ic], inside);
}

// Adds to 8 rows, whose inputs the 8 lanes hold. subgroupBroadcast wants a constant lane, so there is no loop.
fn addProducts(sum: ptr<function, array<vec4f, 8>>, input: f32, slope: vec4f) {
  (*sum)[0] += subgroupBroadcast(input, 0u) * slope;
  (*sum)[1] += subgroupBroadcast(input, 1u) * slope;
  (*sum)[2] += subgroupBroadcast(input, 2u) * slope;
  (*sum)[3] += subgroupBroadcast(input, 3u) * slope;
  (*sum)[4] += subgroupBroadcast(input, 4u) * slope;
  (*sum)[5] += subgroupBroadcast(input, 5u) * slope;
  (*sum)[6] += subgroupBroadcast(input, 6u) * slope;
  (*sum)[7] += subgroupBroadcast(input, 7u) * slope;
}

fn write(sum: ptr<function, array<vec4f, 8>>, part: u32, firstRow: u32, quad: u32) {
  let rows = FILTER_H * FILTER_W * IN_C;
  for (var r = 0u; r < 8u && firstRow + r < rows; r++) {
    partial[(part * rows + firstRow + r) * (OUT_C / 4u) + quad] = (*sum)[r];
  }
}

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let quads = OUT_C / 4u;
  let quad = group.x * 8u + lane;
  let firstRow = group.y * 32u;
  let part = group.z;
  // All lanes go on to the end, even those beyond the last channel: the others need what they read.
  let column = min(quad, quads - 1u);
  let row0 = filterRowAt(firstRow + lane);
  let row1 = filterRowAt(firstRow + 8u + lane);
  let row2 = filterRowAt(firstRow + 16u + lane);
  let row3 = filterRowAt(firstRow + 24u + lane);
  var sum0: array<vec4f, 8>;
  var sum1: array<vec4f, 8>;
  var sum2: array<vec4f, 8>;
  var sum3: array<vec4f, 8>;
  let outputRows = step.batch * OUT_H;
  let rowsOfPart = (outputRows + PARTS - 1u) / PARTS;
  let end = min((part + 1u) * rowsOfPart, outputRows);
  for (var outputRow = part * rowsOfPart; outputRow < end; outputRow++) {
    let n = outputRow / OUT_H;
    let top = outputRow % OUT_H * STRIDE_H;
    for (var ox = 0u; ox < step.columns; ox++) {
      // All reads before all sums: measured a quarter faster than in turn.
      let left = ox * STRIDE_W;
      let slope = dy[(outputRow * OUT_W + ox) * quads + column];
      let x0 = xAt(row0, n, top, left);
      let x1 = xAt(row1, n, top, left);
      let x2 = xAt(row2, n, top, left);
      let x3 = xAt(row3, n, top, left);
      addProducts(&sum0, x0, slope);
      addProducts(&sum1, x1, slope);
      addProducts(&sum2, x2, slope);
      addProducts(&sum3, x3, slope);
    }
  }
  if (quad < quads) {
    write(&sum0, part, firstRow, quad);
    write(&sum1, part, firstRow + 8u, quad);
    write(&sum2, part, firstRow + 16u, quad);
    write(&sum3, part, firstRow + 24u, quad);
  }
}
