// relu.forward: each thread works through some quads.
//
//   y[i] = max(x[i], 0), and NaN where x[i] is NaN: what went wrong before must show behind
//
// x, y: any shape, read as quads (a buffer holds whole ones)
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 8 bytes an element; nothing is computed that matters
// checked against relu.reference.ts

struct Step {
  quads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> step: Step;

// Of the bits, because WGSL lets a compiler assume that no float is NaN, and so drop `v != v`.
fn isNan(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    y[i] = select(max(x[i], vec4f()), x[i], isNan(x[i]));
  }
}
