// global-max-pool.forward: one thread per picture and channel.
//
//   y[n,c]      = max_p x[n,p,c]
//   argmax[n,c] = p·CHANNELS + c of the pixel chosen: the first maximum
//
// x: NHWC, its height and width read as one axis of PIXELS   y, argmax: [N, CHANNELS]
// grid: ⌈N·CHANNELS/64⌉ workgroups of 64, folded into two dimensions; neighbouring threads are neighbouring channels
// cost: PIXELS reads and comparisons a thread
// NaN: is the maximum, the first of a picture's; told by its bits, see isNan
// checked against global-pool.reference.ts

override PIXELS: u32;
override CHANNELS: u32;

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> argmax: array<u32>;
@group(0) @binding(3) var<uniform> step: Step;

// Of the bits, because WGSL lets a compiler assume that no float is NaN, and so drop `v != v`.
fn isNan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let c = i % CHANNELS;
  let n = i / CHANNELS;
  let picture = n * PIXELS * CHANNELS;
  var chosen = c;
  var best = x[picture + c];
  for (var p = 1u; p < PIXELS; p++) {
    let candidate = p * CHANNELS + c;
    let value = x[picture + candidate];
    if (value > best || (isNan(value) && !isNan(best))) {
      best = value;
      chosen = candidate;
    }
  }
  y[i] = best;
  argmax[i] = chosen;
}
