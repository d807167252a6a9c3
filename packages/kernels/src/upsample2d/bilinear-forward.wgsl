// upsample2d.bilinear-forward: one thread per output element.
//
//   y[n,oy,ox,c] = Σ over the rows r ∈ {⌊sy⌋, ⌊sy⌋ + 1} and columns alike of (1 − |sy − r|)·(1 − |sx − q|)·x[n,r,q,c]
//   sy = oy/SIZE_H, sx = ox/SIZE_W; a row or column behind the last is the last
//
// TensorFlow's old rule, Keras 2's: output 0 lies on input 0, and no pixel has a centre (half_pixel_centers = false).
// x: NHWC   y: NHWC, SIZE_H times as high and SIZE_W times as wide
// grid: ⌈N·OUT_H·OUT_W·CHANNELS/64⌉ workgroups of 64, folded into two dimensions; neighbouring threads are neighbouring
//       channels
// cost: four reads, 4 bytes written an output element
// checked against upsample2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override CHANNELS: u32;
override SIZE_H: u32;
override SIZE_W: u32;

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let c = i % CHANNELS;
  let ox = i / CHANNELS % (IN_W * SIZE_W);
  let oy = i / (CHANNELS * IN_W * SIZE_W) % (IN_H * SIZE_H);
  let n = i / (CHANNELS * IN_W * SIZE_W * IN_H * SIZE_H);
  let top = oy / SIZE_H;
  let left = ox / SIZE_W;
  let bottom = min(top + 1u, IN_H - 1u);
  let right = min(left + 1u, IN_W - 1u);
  // How far from the upper row and the left column, as a share of the way to the next.
  let down = f32(oy % SIZE_H) / f32(SIZE_H);
  let along = f32(ox % SIZE_W) / f32(SIZE_W);
  let upperRow = (n * IN_H + top) * IN_W;
  let lowerRow = (n * IN_H + bottom) * IN_W;
  let upper = mix(x[(upperRow + left) * CHANNELS + c], x[(upperRow + right) * CHANNELS + c], along);
  let lower = mix(x[(lowerRow + left) * CHANNELS + c], x[(lowerRow + right) * CHANNELS + c], along);
  y[i] = mix(upper, lower, down);
}
