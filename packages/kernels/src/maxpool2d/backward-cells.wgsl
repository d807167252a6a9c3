// maxpool2d.backward where windows do not overlap (POOL_H ≤ STRIDE_H, POOL_W ≤ STRIDE_W, no dilation): one thread per
// cell.
//
// The padded picture falls into cells of STRIDE_H×STRIDE_W pixels, and only the window (cy, cx) can lie in the cell
// (cy, cx): its dy and argmax are read once, and all pixels of the cell written.
//
//   dx[n,iy,ix,c] = dy[n,cy,cx,c] if argmax[n,cy,cx,c] = (iy·IN_W + ix)·CHANNELS + c, else 0
//   cy = ⌊(iy + PAD_TOP)/STRIDE_H⌋,  cx = ⌊(ix + PAD_LEFT)/STRIDE_W⌋;  cells of the border beyond the windows are 0
//
// Where a rectifier made x, dx is the gradient before it: 0 where x is, which the maximum y of the window tells.
//
// argmax, dy, y: NHWC of the output   dx: NHWC of the input
// grid: ⌈N·cells·CHANNELS/64⌉ workgroups of 64, folded into two dimensions, with ⌈(PAD_TOP + IN_H)/STRIDE_H⌉ ×
//       ⌈(PAD_LEFT + IN_W)/STRIDE_W⌉ cells a picture; neighbouring threads are neighbouring channels
// cost: 8 bytes read a cell and channel, 4 bytes written an input element
// checked against maxpool2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override CHANNELS: u32;
override POOL_H: u32; // POOL and DILATION are not read: argmax knows which pixels the window holds
override POOL_W: u32;
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;
override OUT_H: u32;
override OUT_W: u32;
override IS_RECTIFIED: bool; // without, any buffer may stand in for y

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> argmax: array<u32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let cellsH = (PAD_TOP + IN_H + STRIDE_H - 1u) / STRIDE_H;
  let cellsW = (PAD_LEFT + IN_W + STRIDE_W - 1u) / STRIDE_W;
  let c = i % CHANNELS;
  let cx = i / CHANNELS % cellsW;
  let cy = i / (CHANNELS * cellsW) % cellsH;
  let n = i / (CHANNELS * cellsW * cellsH);

  // Beyond the last window nothing was chosen: no pixel has this index.
  var chosen = 0xffffffffu;
  var gradient = 0.0;
  if (cy < OUT_H && cx < OUT_W) {
    let o = ((n * OUT_H + cy) * OUT_W + cx) * CHANNELS + c;
    chosen = argmax[o];
    gradient = select(0.0, dy[o], !IS_RECTIFIED || y[o] > 0.0);
  }
  let picture = n * IN_H * IN_W * CHANNELS;
  for (var ky = 0u; ky < STRIDE_H; ky++) {
    for (var kx = 0u; kx < STRIDE_W; kx++) {
      // Left of and above the picture these wrap to huge numbers, so one comparison leaves out all padding.
      let iy = cy * STRIDE_H + ky - PAD_TOP;
      let ix = cx * STRIDE_W + kx - PAD_LEFT;
      if (iy < IN_H && ix < IN_W) {
        let own = (iy * IN_W + ix) * CHANNELS + c;
        dx[picture + own] = select(0.0, gradient, own == chosen);
      }
    }
  }
}
