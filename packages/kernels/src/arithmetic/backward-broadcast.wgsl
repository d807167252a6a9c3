// The gradient of an operand that was broadcast: one thread per element of it and part of the terms;
// sum-partials.wgsl adds the parts up.
//
//   partial[p,j] = Σ_{r of part p} dy[Σ_k j_k·KEPT_k + Σ_k r_k·SUMMED_k]
//
// j = (j_0, j_1, j_2) counts the axes of dy that the operand has, row-major, so it is the index of its element;
// r = (r_0, r_1, r_2) counts those along which it was broadcast. KEPT_k, SUMMED_k: how far a step along them goes in dy.
// Axes that are not needed have size 1.
// dy: row-major   partial: PARTS × count
// grid: ⌈PARTS·count/64⌉ workgroups of 64, folded into two dimensions
// cost: one read and one addition an element of dy, in this order: two runs give the same bits
// checked against arithmetic.reference.ts

override PARTS: u32;
override KEPT_SIZE_1: u32; // KEPT_SIZE_0 is what count leaves
override KEPT_SIZE_2: u32;
override KEPT_0: u32;
override KEPT_1: u32;
override KEPT_2: u32;
override SUMMED_SIZE_1: u32; // SUMMED_SIZE_0 is what terms leaves
override SUMMED_SIZE_2: u32;
override SUMMED_0: u32;
override SUMMED_1: u32;
override SUMMED_2: u32;

struct Step {
  count: u32, // elements of the gradient
  terms: u32, // of dy for each of them
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= PARTS * step.count) {
    return;
  }
  let j = i % step.count;
  let part = i / step.count;
  let first = j / (KEPT_SIZE_1 * KEPT_SIZE_2) * KEPT_0 + j / KEPT_SIZE_2 % KEPT_SIZE_1 * KEPT_1 + j % KEPT_SIZE_2 * KEPT_2;

  let termsOfPart = (step.terms + PARTS - 1u) / PARTS;
  let end = min((part + 1u) * termsOfPart, step.terms);
  var sum = 0.0;
  for (var r = part * termsOfPart; r < end; r++) {
    let r0 = r / (SUMMED_SIZE_1 * SUMMED_SIZE_2);
    let r1 = r / SUMMED_SIZE_2 % SUMMED_SIZE_1;
    let r2 = r % SUMMED_SIZE_2;
    sum += dy[first + r0 * SUMMED_0 + r1 * SUMMED_1 + r2 * SUMMED_2];
  }
  partial[i] = sum;
}
