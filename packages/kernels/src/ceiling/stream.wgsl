// ceiling.stream: how fast the device reads memory where it does nothing else.
//
//   y[t] = Σ_k x[block·(256·rounds) + 64·k + lane]     k < 4·rounds, t = 64·block + lane
//
// Idea: neighbouring threads read neighbouring 16-byte words, and each has four reads under way. A workgroup goes through a
// block of its own from end to end, as a processor's prefetcher likes it.
//
// x: groups·256·rounds vec4f   y: groups·64 vec4f
// grid: x groups workgroups of 64
// cost: 4096·rounds bytes a workgroup, read once; as many additions as numbers
// checked against ceiling.reference.ts

struct Step {
  rounds: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  var place = group.x * 256u * step.rounds + lane;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var round = 0u; round < step.rounds; round++) {
    sum0 += x[place];
    sum1 += x[place + 64u];
    sum2 += x[place + 128u];
    sum3 += x[place + 192u];
    place += 256u;
  }
  y[id.x] = sum0 + sum1 + sum2 + sum3;
}
