// conv2d.backwardFilter, 2. registers: one thread computes 8 input channels by 4 output channels of one tap, over a part
// of the output rows; sum-partials.wgsl adds the parts up.
//
//   partial[s, fy,fx,ic,oc] = Σ_{(n,oy) in part s} Σ_ox x[n, …, …, ic] · dy[n,oy,ox,oc]
//
// Idea: the sum over all pixels is long and its results are few; parts make enough threads for every core. The parts
// are added in a fixed order, so that two runs give the same bits.
//
// x: NHWC   dy: NHWC   partial: PARTS × HWIO      f32, row-major; reads outside x are zero
// grid: x ⌈OUT_C/4/8⌉, y FILTER_H·FILTER_W·⌈IN_C/8⌉, z PARTS workgroups of 8
// cost: as 1, with 12/64 of the reads
// checked against conv2d.reference.ts

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

const CHANNELS = 8u;

struct Step {
  batch: u32,
  columns: u32, // OUT_W; from here, so that the compiler does not unroll the loop
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(8)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let oc = (group.x * 8u + local.x) * 4u;
  let blocks = (IN_C + CHANNELS - 1u) / CHANNELS;
  let ic = group.y % blocks * CHANNELS;
  let tap = group.y / blocks;
  let part = group.z;
  if (oc >= OUT_C) {
    return;
  }
  // Channels beyond the last read the last one's values; they are not written.
  let c = min(vec4u(oc, oc + 1u, oc + 2u, oc + 3u), vec4u(OUT_C - 1u));
  let fy = tap / FILTER_W;
  let fx = tap % FILTER_W;
  let rows = step.batch * OUT_H;
  let rowsOfPart = (rows + PARTS - 1u) / PARTS;
  let end = min((part + 1u) * rowsOfPart, rows);
  var sum: array<vec4f, CHANNELS>;
  for (var row = part * rowsOfPart; row < end; row++) {
    let iy = row % OUT_H * STRIDE_H + fy * DILATION_H - PAD_TOP;
    // Rows outside x have no columns to sum.
    let columns = select(0u, step.columns, iy < IN_H);
    let xRow = (row / OUT_H * IN_H + iy) * IN_W;
    var sumOfRow = array<vec4f, CHANNELS>();
    for (var ox = 0u; ox < columns; ox++) {
      let ix = ox * STRIDE_W + fx * DILATION_W - PAD_LEFT;
      if (ix < IN_W) {
        let k = (row * OUT_W + ox) * OUT_C;
        let slope = vec4f(dy[k + c.x], dy[k + c.y], dy[k + c.z], dy[k + c.w]);
        let xBase = (xRow + ix) * IN_C;
        for (var r = 0u; r < CHANNELS; r++) {
          sumOfRow[r] += x[xBase + min(ic + r, IN_C - 1u)] * slope;
        }
      }
    }
    for (var r = 0u; r < CHANNELS; r++) {
      sum[r] += sumOfRow[r];
    }
  }
  for (var r = 0u; r < CHANNELS && ic + r < IN_C; r++) {
    for (var j = 0u; j < 4u && oc + j < OUT_C; j++) {
      partial[((part * FILTER_H * FILTER_W + tap) * IN_C + ic + r) * OUT_C + oc + j] = sum[r][j];
    }
  }
}
