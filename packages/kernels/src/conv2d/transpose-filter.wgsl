// conv2d's filter with its channels exchanged, for backward-input-3-subgroups.wgsl: one thread per element.
//
//   t[tap, oc, ic] = f[tap, ic, oc]     tap = fy·FILTER_W + fx
//
// f: HWIO   t: HWOI      f32, row-major
// grid: ⌈TAPS·IN_C·OUT_C/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes an element
// checked against conv2d.reference.ts

override TAPS: u32;
override IN_C: u32;
override OUT_C: u32;

@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read_write> t: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= TAPS * IN_C * OUT_C) {
    return;
  }
  let ic = i % IN_C;
  let oc = i / IN_C % OUT_C;
  let tap = i / IN_C / OUT_C;
  t[i] = f[(tap * IN_C + ic) * OUT_C + oc];
}
