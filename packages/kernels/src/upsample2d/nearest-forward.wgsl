// upsample2d.nearest-forward: one thread per output element.
//
//   y[n,oy,ox,c] = x[n, ⌊oy/SIZE_H⌋, ⌊ox/SIZE_W⌋, c]
//
// x: NHWC   y: NHWC, SIZE_H times as high and SIZE_W times as wide
// grid: ⌈N·OUT_H·OUT_W·CHANNELS/64⌉ workgroups of 64, folded into two dimensions; neighbouring threads are neighbouring
//       channels
// cost: one read, 4 bytes written an output element
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
  y[i] = x[((n * IN_H + oy / SIZE_H) * IN_W + ox / SIZE_W) * CHANNELS + c];
}
