// meanOf: one thread. The order of the sum is fixed, so the mean is the same at every run.
//
//   y = Σ_i x[i] / count
//
// Blocks of 32 are summed first, and then the blocks: the rounding error grows with 32 + count/32 and not with count.
//
// x: COUNT floats   y: one float
// grid: one workgroup of one thread (count is a batch's size: some tens or hundreds)
// cost: 4 bytes a value
// checked against mean.reference.ts

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var begin = 0u; begin < step.count; begin += 32u) {
    var block = 0.0;
    for (var i = begin; i < min(begin + 32u, step.count); i++) {
      block += x[i];
    }
    sum += block;
  }
  y[0] = sum / f32(step.count);
}
