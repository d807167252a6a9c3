// clip.norm: scales a gradient, in place, where the norm of all gradients is too large; a thread works through some quads.
//
//   g[i] ← g[i]·(c/n) where n ≥ c      n = √squaredNorm, and nothing is changed where that is NaN; c/∞ = 0
//
// g: floats of any shape, read as quads; what is beyond the last is never looked at   squaredNorm: one float
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 8 bytes an element, nothing where n < c
// checked against clip.reference.ts

struct Step {
  quads: u32,
  clipnorm: f32,
}

@group(0) @binding(0) var<storage, read_write> g: array<vec4f>;
@group(0) @binding(1) var<storage, read> squaredNorm: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let squared = squaredNorm[0];
  let norm = sqrt(squared);
  // Of the bits, because WGSL lets a compiler assume that no float is NaN or infinite.
  let bits = bitcast<u32>(squared) & 0x7fffffffu;
  let isInfinite = bits == 0x7f800000u;
  if (bits > 0x7f800000u || !(isInfinite || norm >= step.clipnorm)) {
    return;
  }
  let scale = select(step.clipnorm / norm, 0.0, isInfinite);
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    g[i] *= scale;
  }
}
