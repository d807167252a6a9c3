// cosineProximity.forward: one thread per sample.
//
//   loss[n] = −Σ_{r of n} (y·p) / √(max(y·y, 1e−12)·max(p·p, 1e−12)) / ROWS            a·b: the sum of products over the classes
//
// y, p: [samples, ROWS, CLASSES]   loss: [samples]      f32, row-major
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes a value
// checked against row-losses.reference.ts

override ROWS: u32;
override CLASSES: u32;

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
  var total = 0.0;
  for (var row = n * ROWS; row < (n + 1u) * ROWS; row++) {
    let begin = row * CLASSES;
    var product = 0.0;
    var yy = 0.0;
    var pp = 0.0;
    for (var i = begin; i < begin + CLASSES; i++) {
      product += y[i] * p[i];
      yy += y[i] * y[i];
      pp += p[i] * p[i];
    }
    total -= product * inverseSqrt(max(yy, 1e-12)) * inverseSqrt(max(pp, 1e-12));
  }
  loss[n] = total / f32(ROWS);
}
