// bent-relu.backward: each thread works through some quads.
//
//   dx[i] = dy[i]·(0 if x[i] ≥ maxValue, 1 if x[i] > threshold, else negativeSlope)
//
// x, dy, dx: any shape, read as quads (a buffer holds whole ones)
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 12 bytes an element
// checked against bent-relu.reference.ts

struct Step {
  quads: u32,
  hasMaxValue: u32,
  maxValue: f32,
  negativeSlope: f32,
  threshold: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let isBounded = vec4<bool>(step.hasMaxValue != 0u);
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    let value = x[i];
    let above = select(dy[i], vec4f(), isBounded & (value >= vec4f(step.maxValue)));
    dx[i] = select(step.negativeSlope * dy[i], above, value > vec4f(step.threshold));
  }
}
