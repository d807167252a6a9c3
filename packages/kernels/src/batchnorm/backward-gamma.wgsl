// batchnorm.backwardGamma: one thread per channel.
//
//   dgamma[c] = sumOfProducts[c] / √(variance[c] + epsilon)
//
// sumOfProducts = Σ dy·(x − mean) over the values of a channel (sums.wgsl)
// grid: ⌈count/64⌉ workgroups of 64
// cost: 12 bytes a channel
// checked against batchnorm.reference.ts

struct Step {
  count: u32, // channels
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> sumOfProducts: array<f32>;
@group(0) @binding(1) var<storage, read> variance: array<f32>;
@group(0) @binding(2) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c < step.count) {
    dgamma[c] = sumOfProducts[c] / sqrt(variance[c] + step.epsilon);
  }
}
