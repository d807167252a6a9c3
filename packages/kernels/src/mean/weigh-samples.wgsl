// weighSamples: one thread per element. What the weights of the mean do to the gradients of the samples.
//
//   y[n, i] = w[n]·x[n, i]
//
// x, y: [samples, PER_SAMPLE] floats   w: one float a sample
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes an element
// checked against mean.reference.ts

override PER_SAMPLE: u32;

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  y[i] = w[i / PER_SAMPLE] * x[i];
}
