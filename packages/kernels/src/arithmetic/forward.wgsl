// arithmetic of two operands of one shape: each thread works through some quads.
//
//   y[i] = a[i] ∘ b[i]
//
// ∘ by OPERATION: 0 a + b   1 a − b   2 a·b   3 max(a, b)   4 min(a, b)   5 1 if a ≥ b, else 0   6 1 if a < b, else 0.
// NaN in either operand is NaN in 0 to 4.
//
// a, b, y: any shape, row-major, read as quads (a buffer holds whole ones)
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 12 bytes an element; nothing is computed that matters
// checked against arithmetic.reference.ts

override OPERATION: u32;

struct Step {
  quads: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

// Of the bits, because WGSL lets a compiler assume that no float is NaN, and so drop `v != v`.
fn isNan(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

fn apply(left: vec4f, right: vec4f) -> vec4f {
  switch (OPERATION) {
    case 0u: { return left + right; }
    case 1u: { return left - right; }
    case 2u: { return left * right; }
    case 3u: { return select(right, left, (left > right) | isNan(left)); }
    case 4u: { return select(right, left, (left < right) | isNan(left)); }
    case 5u: { return select(vec4f(), vec4f(1.0), left >= right); }
    default: { return select(vec4f(), vec4f(1.0), left < right); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    y[i] = apply(a[i], b[i]);
  }
}
