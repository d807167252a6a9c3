// meanSquaredError.forward: one thread per sample.
//
//   loss[n] = Σ_c (p[n,c] − y[n,c])² / PER_SAMPLE
//
// y, p: [samples, PER_SAMPLE]   loss: [samples]      f32, row-major
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes a value
// checked against mean-squared-error.reference.ts and tfjs

override PER_SAMPLE: u32;

struct Step {
  samples: u32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let n = id.y * groups.x * 64u + id.x;
  if (n >= step.samples) {
    return;
  }
  var sum = 0.0;
  for (var i = n * PER_SAMPLE; i < (n + 1u) * PER_SAMPLE; i++) {
    let difference = p[i] - y[i];
    sum += difference * difference;
  }
  loss[n] = sum / f32(PER_SAMPLE);
}
