// movingAverage: one thread per channel.
//
//   moved[c] = momentum·average[c] + share·value[c]
//
// grid: ⌈count/64⌉ workgroups of 64
// cost: 12 bytes a channel
// checked against batchnorm.reference.ts

struct Step {
  count: u32,
  momentum: f32,
  share: f32, // 1 − momentum, and what corrects the value
}

@group(0) @binding(0) var<storage, read> average: array<f32>;
@group(0) @binding(1) var<storage, read> value: array<f32>;
@group(0) @binding(2) var<storage, read_write> moved: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c < step.count) {
    moved[c] = step.momentum * average[c] + step.share * value[c];
  }
}
