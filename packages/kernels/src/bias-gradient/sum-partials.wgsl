// sum of partial sums: one thread per element.
//
//   sum[i] = Σ_p partial[p, i]     p = 0 … PARTS−1, in this order: two runs give the same bits
//
// partial: PARTS × count   sum: count      f32
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: PARTS additions and reads an element
// checked against bias-gradient.reference.ts

override PARTS: u32;

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> sum: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  var total = 0.0;
  for (var p = 0u; p < PARTS; p++) {
    total += partial[p * step.count + i];
  }
  sum[i] = total;
}
