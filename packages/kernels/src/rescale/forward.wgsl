// rescale: each thread works through some quads. The gradient is the same kernel on dy, without the offset.
//
//   y[i] = scale·x[i] + offset
//
// x, y: any shape, row-major, read as quads (a buffer holds whole ones)
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 8 bytes an element
// checked against rescale.reference.ts

struct Step {
  quads: u32,
  scale: f32,
  offset: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    y[i] = step.scale * x[i] + step.offset;
  }
}
