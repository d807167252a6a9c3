// categoricalHinge.backward: one thread per row of classes.
//
//   dp[c] = scale·((1−y[c])·[c is the greatest wrong one] − y[c])   where the margin is missed, else 0
//
// Of several greatest ones each takes its share, as in TensorFlow.
//
// y, p, dp: [rows, CLASSES] f32, row-major; scale holds 1/(n·rows per sample) for the gradient of the mean loss
// grid: ⌈rows/64⌉ workgroups of 64, folded into two dimensions
// cost: y and p are read three times
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
  var right = 0.0;
  var wrong = (1.0 - y[begin]) * p[begin];
  for (var i = begin; i < begin + CLASSES; i++) {
    right += y[i] * p[i];
    wrong = max(wrong, (1.0 - y[i]) * p[i]);
  }
  var greatest = 0.0;
  for (var i = begin; i < begin + CLASSES; i++) {
    greatest += select(0.0, 1.0, (1.0 - y[i]) * p[i] == wrong);
  }
  let isMissed = wrong - right + 1.0 > 0.0;
  for (var i = begin; i < begin + CLASSES; i++) {
    let share = select(0.0, (1.0 - y[i]) / greatest, (1.0 - y[i]) * p[i] == wrong);
    dp[i] = select(0.0, step.scale * (share - y[i]), isMissed);
  }
}
