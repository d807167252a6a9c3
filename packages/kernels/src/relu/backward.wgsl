// relu.backward: each thread works through some quads. The gradient is 0 at x = 0, and y > 0 tells as much as x > 0.
//
//   dx[i] = dy[i] if y[i] > 0, else 0
//
// y, dy, dx: any shape, read as quads (a buffer holds whole ones)
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 12 bytes an element
// checked against relu.reference.ts

struct Step {
  quads: u32,
}

@group(0) @binding(0) var<storage, read> y: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    dx[i] = select(vec4f(), dy[i], y[i] > vec4f());
  }
}
