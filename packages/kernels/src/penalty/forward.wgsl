// penalty.forward: each thread adds up a share of the terms; sum-partials.wgsl adds up the threads'.
//
//   partial[t] = Σ_{i of thread t} l1·|x[i]| + l2·x[i]²       thread t has the quads t, t + T, t + 2T, …   (T threads)
//
// A factor of 0 leaves its term out: 0·∞ would be NaN. Where `continues` is not 0 it is added to what is there, the sums of
// other tensors.
// x: any shape, read as quads (a buffer holds whole ones; what is behind the last value counts as 0)   partial: T floats
// grid: ⌈T/64⌉ workgroups of 64
// cost: 4 bytes and 4 operations an element, in this order: two runs give the same bits
// checked against penalty.reference.ts

struct Step {
  count: u32,
  threads: u32,
  continues: u32,
  l1: f32,
  l2: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let t = id.x;
  if (t >= step.threads) {
    return;
  }
  var sum = vec4f();
  for (var i = t; 4u * i < step.count; i += step.threads) {
    let isInside = vec4u(4u * i) + vec4u(0u, 1u, 2u, 3u) < vec4u(step.count);
    let value = select(vec4f(), x[i], isInside);
    sum += select(step.l1 * abs(value), vec4f(), step.l1 == 0.0);
    sum += select(step.l2 * value * value, vec4f(), step.l2 == 0.0);
  }
  let before = select(0.0, partial[t], step.continues != 0u);
  partial[t] = before + ((sum.x + sum.y) + (sum.z + sum.w));
}
