// arithmetic where an operand is broadcast: one thread per element of the result.
//
//   y[i] = a[Σ_k i_k·A_k] ∘ b[Σ_k i_k·B_k],   i = (i_0, …, i_5) row-major, the sizes of the axes SIZE_k
//
// ∘ by OPERATION: 0 a + b   1 a − b   2 a·b   3 max(a, b)   4 min(a, b)   5 1 if a ≥ b, else 0   6 1 if a < b, else 0.
// A_k, B_k: how far a step along axis k goes in a or b; 0 where it is broadcast. Axes that are not needed have size 1.
// a, b: row-major   y: count floats, row-major
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 4 bytes written an element, what is read of a broadcast operand stays in the cache; ten integer divisions
// checked against arithmetic.reference.ts

override OPERATION: u32;
override SIZE_1: u32; // SIZE_0 is what count leaves
override SIZE_2: u32;
override SIZE_3: u32;
override SIZE_4: u32;
override SIZE_5: u32;
override A_0: u32;
override A_1: u32;
override A_2: u32;
override A_3: u32;
override A_4: u32;
override A_5: u32;
override B_0: u32;
override B_1: u32;
override B_2: u32;
override B_3: u32;
override B_4: u32;
override B_5: u32;

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

// Of the bits, because WGSL lets a compiler assume that no float is NaN, and so drop `v != v`.
fn isNan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn apply(left: f32, right: f32) -> f32 {
  switch (OPERATION) {
    case 0u: { return left + right; }
    case 1u: { return left - right; }
    case 2u: { return left * right; }
    case 3u: { return select(right, left, left > right || isNan(left)); }
    case 4u: { return select(right, left, left < right || isNan(left)); }
    case 5u: { return select(0.0, 1.0, left >= right); }
    default: { return select(0.0, 1.0, left < right); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let i5 = i % SIZE_5;
  let above5 = i / SIZE_5;
  let i4 = above5 % SIZE_4;
  let above4 = above5 / SIZE_4;
  let i3 = above4 % SIZE_3;
  let above3 = above4 / SIZE_3;
  let i2 = above3 % SIZE_2;
  let above2 = above3 / SIZE_2;
  let i1 = above2 % SIZE_1;
  let i0 = above2 / SIZE_1;
  let ofA = i0 * A_0 + i1 * A_1 + i2 * A_2 + i3 * A_3 + i4 * A_4 + i5 * A_5;
  let ofB = i0 * B_0 + i1 * B_1 + i2 * B_2 + i3 * B_3 + i4 * B_4 + i5 * B_5;
  y[i] = apply(a[ofA], b[ofB]);
}
