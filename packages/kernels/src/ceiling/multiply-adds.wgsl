// ceiling.multiplyAdds: how fast the device multiplies and adds where nothing else holds it up.
//
//   a[t, i] ← m·a[t, i] + a[t, i+1]     of a ring of 16 numbers a thread, all at once, 32·rounds times
//   y[t] = Σ_i a[t, i]                  at the beginning a[t, i] = 1 + t mod 4 + i
//
// Idea: the 16 numbers are four vec4f, few enough for the registers of a processor, and enough to work on others while one
// multiply-add is under way. Each takes its neighbour in: rings that do not touch would be computed one after the other by
// a compiler that saves registers, and each would wait for itself.
//
// y: threads      a[t, 4c + j] is component c of the vector a_j
// grid: x threads/64 workgroups of 64
// cost: 32·rounds·16·2 flop a thread, 4 bytes
// checked against ceiling.reference.ts

struct Step {
  rounds: u32,
  m: f32, // from here, so that no compiler knows it
}

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> step: Step;

fn turn(a: ptr<function, array<vec4f, 4>>, m: vec4f) {
  let first = (*a)[0];
  (*a)[0] = fma((*a)[0], m, (*a)[1]);
  (*a)[1] = fma((*a)[1], m, (*a)[2]);
  (*a)[2] = fma((*a)[2], m, (*a)[3]);
  (*a)[3] = fma((*a)[3], m, first.yzwx);
}

fn turn8(a: ptr<function, array<vec4f, 4>>, m: vec4f) {
  turn(a, m);
  turn(a, m);
  turn(a, m);
  turn(a, m);
  turn(a, m);
  turn(a, m);
  turn(a, m);
  turn(a, m);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = vec4f(step.m);
  let start = f32(1u + id.x % 4u) + vec4f(0.0, 4.0, 8.0, 12.0);
  var a = array(start, start + 1.0, start + 2.0, start + 3.0);
  // Many turns a round: software devices mask what a loop carries on, at the end of each round.
  for (var round = 0u; round < step.rounds; round++) {
    turn8(&a, m);
    turn8(&a, m);
    turn8(&a, m);
    turn8(&a, m);
  }
  y[id.x] = dot(a[0] + a[1] + a[2] + a[3], vec4f(1.0));
}
