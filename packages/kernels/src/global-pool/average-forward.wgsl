// global-average-pool.forward: one thread per picture and channel.
//
//   y[n,c] = 1/PIXELS · Σ_p x[n,p,c]
//
// x: NHWC, its height and width read as one axis of PIXELS   y: [N, CHANNELS]
// grid: ⌈N·CHANNELS/64⌉ workgroups of 64, folded into two dimensions; neighbouring threads are neighbouring channels
// cost: PIXELS reads and additions a thread, in the order of the pixels
// checked against global-pool.reference.ts

override PIXELS: u32;
override CHANNELS: u32;

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
  let n = i / CHANNELS;
  var sum = 0.0;
  for (var p = 0u; p < PIXELS; p++) {
    sum += x[(n * PIXELS + p) * CHANNELS + c];
  }
  y[i] = sum / f32(PIXELS);
}
