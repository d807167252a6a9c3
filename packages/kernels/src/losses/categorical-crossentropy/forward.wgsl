// categoricalCrossentropy.forward: one thread per sample, on probabilities, as Keras takes them.
//
//   t[r,c]  = y[r,c]·(1−s) + s/CLASSES                                           (label smoothing s)
//   q[r,c]  = p[r,c] / Σ_k p[r,k],  clipped to [1e−7, 1−1e−7] in f32
//   loss[n] = −Σ_{r of n} Σ_c t[r,c]·log(q[r,c]) / ROWS
//
// y, p: [samples, ROWS, CLASSES]   loss: [samples]      f32, row-major
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: one log a value; p is read twice
// checked against categorical-crossentropy.reference.ts and tfjs

override ROWS: u32;
override CLASSES: u32;

struct Step {
  samples: u32,
  smoothing: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

const LOW: f32 = 1e-7;
const HIGH: f32 = 1.0 - 1e-7;

// Not clamp: a q that is not a number must stay so, and be seen in the loss.
fn clip(q: f32) -> f32 {
  return select(select(q, LOW, q < LOW), HIGH, q > HIGH);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let n = id.y * groups.x * 64u + id.x;
  if (n >= step.samples) {
    return;
  }
  var total = 0.0;
  for (var row = n * ROWS; row < (n + 1u) * ROWS; row++) {
    let begin = row * CLASSES;
    var sum = 0.0;
    for (var c = 0u; c < CLASSES; c++) {
      sum += p[begin + c];
    }
    for (var c = 0u; c < CLASSES; c++) {
      let t = y[begin + c] * (1.0 - step.smoothing) + step.smoothing / f32(CLASSES);
      total -= t * log(clip(p[begin + c] / sum));
    }
  }
  loss[n] = total / f32(ROWS);
}
