// relu.forward: one thread per element.
//
//   y[i] = max(x[i], 0), and NaN where x[i] is NaN: what went wrong before must show behind
//
// x, y: COUNT floats of any shape
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes an element; nothing is computed that matters
// checked against relu.reference.ts

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

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
  y[i] = select(max(x[i], 0.0), x[i], isNan(x[i]));
}
