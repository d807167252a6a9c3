// global-average-pool.backward: one thread per input element.
//
//   dx[n,p,c] = dy[n,c] / PIXELS
//
// dy: [N, CHANNELS]   dx: NHWC, its height and width read as one axis of PIXELS
// grid: ⌈N·PIXELS·CHANNELS/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes an input element
// checked against global-pool.reference.ts

override PIXELS: u32;
override CHANNELS: u32;

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
  let n = i / (CHANNELS * PIXELS);
  dx[i] = dy[n * CHANNELS + c] / f32(PIXELS);
}
