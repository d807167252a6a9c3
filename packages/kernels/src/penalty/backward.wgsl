// penalty.backward: each thread works through some quads.
//
//   dx[i] = l1·sign(x[i]) + 2·l2·x[i]         sign(0) = 0
//
// x, dx: any shape, read as quads (a buffer holds whole ones)
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 8 bytes an element
// checked against penalty.reference.ts

struct Step {
  quads: u32,
  l1: f32,
  l2: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    dx[i] = step.l1 * sign(x[i]) + 2.0 * step.l2 * x[i];
  }
}
