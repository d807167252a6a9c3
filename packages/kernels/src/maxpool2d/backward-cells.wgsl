// maxpool2d.backward where windows do not overlap (POOL_H ≤ STRIDE_H, POOL_W ≤ STRIDE_W, no dilation): one thread per
// four channels of some cells.
//
// The padded picture falls into cells of STRIDE_H×STRIDE_W pixels, and only the window (cy, cx) can lie in the cell
// (cy, cx): its dy and argmax are read once, and all pixels of the cell written.
//
//   dx[n,iy,ix,c] = dy[n,cy,cx,c] if argmax[n,cy,cx,c] = (iy·IN_W + ix)·CHANNELS + c, else 0
//   cy = ⌊(iy + PAD_TOP)/STRIDE_H⌋,  cx = ⌊(ix + PAD_LEFT)/STRIDE_W⌋;  cells of the border beyond the windows are 0
//
// Where a rectifier made x, dx is the gradient before it: 0 where x is, which the maximum y of the window tells.
//
// argmax, dy, y: NHWC of the output   dx: NHWC of the input      read as quads: CHANNELS is a multiple of 4
// grid: ⌈N·cells·CHANNELS/16/64⌉ workgroups of 64, folded into two dimensions, with ⌈(PAD_TOP + IN_H)/STRIDE_H⌉ ×
//       ⌈(PAD_LEFT + IN_W)/STRIDE_W⌉ cells a picture; a thread goes on by as many quads as there are threads
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
  quads: u32, // of all cells
}

@group(0) @binding(0) var<storage, read> argmax: array<vec4u>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> y: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let cellsH = (PAD_TOP + IN_H + STRIDE_H - 1u) / STRIDE_H;
  let cellsW = (PAD_LEFT + IN_W + STRIDE_W - 1u) / STRIDE_W;
  let quads = CHANNELS / 4u; // of a pixel
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    let q = i % quads;
    let cx = i / quads % cellsW;
    let cy = i / (quads * cellsW) % cellsH;
    let n = i / (quads * cellsW * cellsH);

    let o = ((n * OUT_H + min(cy, OUT_H - 1u)) * OUT_W + min(cx, OUT_W - 1u)) * quads + q;
    // Beyond the last window nothing was chosen: no pixel has this index.
    let chosen = select(vec4u(0xffffffffu), argmax[o], cy < OUT_H && cx < OUT_W);
    let gradient = select(vec4f(), dy[o], vec4<bool>(!IS_RECTIFIED) | (y[o] > vec4f()));
    for (var ky = 0u; ky < STRIDE_H; ky++) {
      for (var kx = 0u; kx < STRIDE_W; kx++) {
        // Left of and above the picture these wrap to huge numbers, so one comparison leaves out all padding.
        let iy = cy * STRIDE_H + ky - PAD_TOP;
        let ix = cx * STRIDE_W + kx - PAD_LEFT;
        if (iy < IN_H && ix < IN_W) {
          let pixel = iy * IN_W + ix;
          let own = pixel * CHANNELS + 4u * q + vec4u(0u, 1u, 2u, 3u);
          dx[(n * IN_H * IN_W + pixel) * quads + q] = select(vec4f(), gradient, own == chosen);
        }
      }
    }
  }
}
