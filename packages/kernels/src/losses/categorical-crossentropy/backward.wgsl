// categoricalCrossentropy.backward: one thread per row of classes.
//
//   q[c] = p[c]/S,  S = Σ_k p[k];   m[c] = 1 where 1e−7 ≤ q[c] ≤ 1−1e−7, else 0;   t = y·(1−s) + s/CLASSES
//   dp[c] = scale·( Σ_k t[k]·m[k] − t[c]·m[c]/q[c] ) / S
//
// The sum is what comes back through the division by S: raising all p alike changes no q.
//
// y, p, dp: [rows, CLASSES] f32, row-major; scale holds 1/(n·rows per sample) for the gradient of the mean loss
// grid: ⌈rows/64⌉ workgroups of 64, folded into two dimensions
// cost: p is read three times
// checked against categorical-crossentropy.reference.ts and tfjs

override CLASSES: u32;

struct Step {
  rows: u32,
  scale: f32,
  smoothing: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> dp: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

const LOW: f32 = 1e-7;
const HIGH: f32 = 1.0 - 1e-7;

fn target_of(i: u32) -> f32 {
  return y[i] * (1.0 - step.smoothing) + step.smoothing / f32(CLASSES);
}

fn is_clipped(q: f32) -> bool {
  return q < LOW || q > HIGH;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= step.rows) {
    return;
  }
  let begin = row * CLASSES;
  var sum = 0.0;
  for (var c = 0u; c < CLASSES; c++) {
    sum += p[begin + c];
  }
  var flowing = 0.0;
  for (var c = 0u; c < CLASSES; c++) {
    flowing += select(target_of(begin + c), 0.0, is_clipped(p[begin + c] / sum));
  }
  for (var c = 0u; c < CLASSES; c++) {
    let q = p[begin + c] / sum;
    let divisor = select(q, 1.0, is_clipped(q)); // keeps the division away from 0/0
    let own = select(target_of(begin + c) / divisor, 0.0, is_clipped(q));
    dp[begin + c] = step.scale * ((flowing - own) / sum);
  }
}
