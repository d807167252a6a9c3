// categoricalCrossentropyFromLogits.backward: one thread per row of classes.
//
//   dz[c] = scale·( T·softmax(z)[c] − t[c] ),   t = y·(1−s) + s/CLASSES,   T = Σ_k t[k]  (1 for probabilities)
//
// With e[c] = exp(z[c] − max z) and R the sum of all e but the greatest's (which is 1), softmax = e/(1+R), so
//
//   dz[c] = scale·( (T·e[c] − t[c]) − t[c]·R ) / (1+R)
//
// which stays right where softmax would round to t: the gradient of a sure sample is small and not 0.
//
// y, z, dz: [rows, CLASSES] f32, row-major; scale holds 1/(n·rows per sample) for the gradient of the mean loss
// grid: ⌈rows/64⌉ workgroups of 64, folded into two dimensions
// cost: two exp a value; z is read three times
// checked against categorical-crossentropy.reference.ts and tfjs

override CLASSES: u32;

struct Step {
  rows: u32,
  scale: f32,
  smoothing: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> dz: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

fn target_of(i: u32) -> f32 {
  return y[i] * (1.0 - step.smoothing) + step.smoothing / f32(CLASSES);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= step.rows) {
    return;
  }
  let begin = row * CLASSES;
  var top = begin;
  for (var i = begin + 1u; i < begin + CLASSES; i++) {
    top = select(top, i, z[i] > z[top]);
  }
  var rest = 0.0;
  var targets = 0.0;
  for (var i = begin; i < begin + CLASSES; i++) {
    rest += select(exp(z[i] - z[top]), 0.0, i == top);
    targets += target_of(i);
  }
  for (var i = begin; i < begin + CLASSES; i++) {
    let t = target_of(i);
    let e = select(exp(z[i] - z[top]), 1.0, i == top);
    dz[i] = step.scale * (((targets * e - t) - t * rest) / (1.0 + rest));
  }
}
