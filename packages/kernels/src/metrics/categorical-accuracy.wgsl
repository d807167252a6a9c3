// categoricalAccuracy: one thread per sample. Of equal maxima the first counts.
//
//   accuracy[n] = Σ_{r of n} [ argmax_c y[r,c] = argmax_c p[r,c] ] / ROWS
//
// y, p: [samples, ROWS, CLASSES]   accuracy: [samples]      f32, row-major
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes a value
// checked against metrics.reference.ts and tfjs

override ROWS: u32;
override CLASSES: u32;

struct Step {
  samples: u32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> accuracy: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let n = id.y * groups.x * 64u + id.x;
  if (n >= step.samples) {
    return;
  }
  var right = 0u;
  for (var row = n * ROWS; row < (n + 1u) * ROWS; row++) {
    let begin = row * CLASSES;
    var wanted = begin;
    var got = begin;
    for (var i = begin + 1u; i < begin + CLASSES; i++) {
      wanted = select(wanted, i, y[i] > y[wanted]);
      got = select(got, i, p[i] > p[got]);
    }
    right += select(0u, 1u, wanted == got);
  }
  accuracy[n] = f32(right) / f32(ROWS);
}
