// binaryAccuracy: one thread per sample. WGSL's round takes halves to the even number: p = 0.5 counts as class 0, as
// in Keras.
//
//   accuracy[n] = Σ_c [ y[n,c] = round(p[n,c]) ] / PER_SAMPLE
//
// y, p: [samples, PER_SAMPLE]   accuracy: [samples]      f32, row-major
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes a value
// checked against metrics.reference.ts and tfjs

override PER_SAMPLE: u32;

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
  for (var i = n * PER_SAMPLE; i < (n + 1u) * PER_SAMPLE; i++) {
    right += select(0u, 1u, y[i] == round(p[i]));
  }
  accuracy[n] = f32(right) / f32(PER_SAMPLE);
}
