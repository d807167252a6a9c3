// upsample2d.nearest-backward: one thread per input element adds up the block of outputs that it became.
//
//   dx[n,iy,ix,c] = Σ_{ky < SIZE_H, kx < SIZE_W} dy[n, iy·SIZE_H + ky, ix·SIZE_W + kx, c]
//
// dy: NHWC, SIZE_H times as high and SIZE_W times as wide   dx: NHWC
// grid: ⌈N·IN_H·IN_W·CHANNELS/64⌉ workgroups of 64, folded into two dimensions
// cost: SIZE_H·SIZE_W reads and additions, 4 bytes written an input element
// checked against upsample2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override CHANNELS: u32;
override SIZE_H: u32;
override SIZE_W: u32;

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let c = i % CHANNELS;
  let ix = i / CHANNELS % IN_W;
  let iy = i / (CHANNELS * IN_W) % IN_H;
  let n = i / (CHANNELS * IN_W * IN_H);
  var sum = 0.0;
  for (var oy = iy * SIZE_H; oy < (iy + 1u) * SIZE_H; oy++) {
    for (var ox = ix * SIZE_W; ox < (ix + 1u) * SIZE_W; ox++) {
      sum += dy[((n * IN_H * SIZE_H + oy) * IN_W * SIZE_W + ox) * CHANNELS + c];
    }
  }
  dx[i] = sum;
}
