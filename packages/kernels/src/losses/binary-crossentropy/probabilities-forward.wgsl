// binaryCrossentropy.forward: one thread per sample, on probabilities, as tf.keras takes it.
//
//   p' = p clipped to [ε, 1−ε] in f32, ε = 1e−7        t = y·(1−s) + s/2
//   loss[n] = −Σ_c ( t·log(p'+ε) + (1−t)·log(1−p'+ε) ) / PER_SAMPLE
//
// The greatest loss is 15.424949 for y = 1, and 15.333239 for y = 0 (the nearest f32 to 1−1e−7 is 0.99999988).
//
// ε comes as a step number and not as a constant: WGSL compilers may turn (1−p')+1e−7 into (1+1e−7)−p', whose rounding
// eats half of it (seen on lavapipe: 15.249238 for 15.333239).
//
// y, p: [samples, PER_SAMPLE]   loss: [samples]      f32, row-major
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: two logs a value
// checked against binary-crossentropy.reference.ts and Keras's golden numbers

override PER_SAMPLE: u32;

struct Step {
  samples: u32,
  smoothing: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

const LOW: f32 = 1e-7;
const HIGH: f32 = 1.0 - 1e-7;

// Not clamp: a p that is not a number must stay so, and be seen in the loss.
fn clip(p: f32) -> f32 {
  return select(select(p, LOW, p < LOW), HIGH, p > HIGH);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let n = id.y * groups.x * 64u + id.x;
  if (n >= step.samples) {
    return;
  }
  var sum = 0.0;
  for (var i = n * PER_SAMPLE; i < (n + 1u) * PER_SAMPLE; i++) {
    let t = y[i] * (1.0 - step.smoothing) + 0.5 * step.smoothing;
    let clipped = clip(p[i]);
    sum -= t * log(clipped + step.epsilon) + (1.0 - t) * log((1.0 - clipped) + step.epsilon);
  }
  loss[n] = sum / f32(PER_SAMPLE);
}
