// cosineProximity.backward: one thread per row of classes.
//
//   dp[c] = −scale·(y[c] − p[c]·(y·p)/(p·p)) / √(max(y·y, 1e−12)·(p·p))            a·b: the sum of products over the classes
//
// Where p·p is below 1e−12 its length counts as constant, and the second term is not there.
//
// y, p, dp: [rows, CLASSES] f32, row-major; scale holds 1/(n·rows per sample) for the gradient of the mean loss
// grid: ⌈rows/64⌉ workgroups of 64, folded into two dimensions
// cost: y and p are read twice
// checked against row-losses.reference.ts

override CLASSES: u32;

struct Step {
  rows: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> dp: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= step.rows) {
    return;
  }
  let begin = row * CLASSES;
  var product = 0.0;
  var yy = 0.0;
  var pp = 0.0;
  for (var i = begin; i < begin + CLASSES; i++) {
    product += y[i] * p[i];
    yy += y[i] * y[i];
    pp += p[i] * p[i];
  }
  let length = inverseSqrt(max(yy, 1e-12)) * inverseSqrt(max(pp, 1e-12));
  let along = select(product / max(pp, 1e-12), 0.0, pp < 1e-12);
  for (var i = begin; i < begin + CLASSES; i++) {
    dp[i] = -step.scale * length * (y[i] - along * p[i]);
  }
}
