// clip.value: keeps a gradient's elements between −c and c, in place; a thread works through some quads.
//
//   g[i] ← min(max(g[i], −c), c)      and NaN where it is NaN
//
// g: floats of any shape, read as quads; what is beyond the last is never looked at
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 8 bytes an element
// checked against clip.reference.ts

struct Step {
  quads: u32,
  clipvalue: f32,
}

@group(0) @binding(0) var<storage, read_write> g: array<vec4f>;
@group(0) @binding(1) var<uniform> step: Step;

// Of the bits, because WGSL lets a compiler assume that no float is NaN, and so drop `v != v`.
fn isNan(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    let value = g[i];
    g[i] = select(clamp(value, vec4f(-step.clipvalue), vec4f(step.clipvalue)), value, isNan(value));
  }
}
