// meanOf with weights: one thread, in the order of mean.wgsl.
//
//   y = Σ_i w[i]·x[i] / count
//
// The weights are not in the divisor, as in Keras 2.3: a sample of weight 2 counts as two of weight 1 would.
//
// x, w: COUNT floats   y: one float
// grid: one workgroup of one thread (count is a batch's size: some tens or hundreds)
// cost: 8 bytes a value
// checked against mean.reference.ts

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var begin = 0u; begin < step.count; begin += 32u) {
    var block = 0.0;
    for (var i = begin; i < min(begin + 32u, step.count); i++) {
      block += w[i] * x[i];
    }
    sum += block;
  }
  y[0] = sum / f32(step.count);
}
