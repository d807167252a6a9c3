// binaryCrossentropyKeras224.forward: one thread per sample. Keras 2.2.4 clips the probability and turns it back into
// a logit.
//
//   p' = p clipped to [1e−7, 1−1e−7] in f32        z = log(p'/(1−p'))        t = y·(1−s) + s/2
//   loss[n] = Σ_c ( max(z,0) − z·t + log1p(exp(−|z|)) ) / PER_SAMPLE
//
// The nearest f32 to 1−1e−7 is 0.99999988, so the bounds are not symmetric: the greatest loss is 16.118095 for y = 1,
// and 15.942385 for y = 0.
//
// y, p: [samples, PER_SAMPLE]   loss: [samples]      f32, row-major
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: one log, one exp a value
// checked against binary-crossentropy.reference.ts, tfjs (which has Keras 2.2.4's form) and Keras's golden numbers

override PER_SAMPLE: u32;

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

// Not clamp: a p that is not a number must stay so, and be seen in the loss.
fn clip(p: f32) -> f32 {
  return select(select(p, LOW, p < LOW), HIGH, p > HIGH);
}

// log(1+u) for 0 ≤ u ≤ 1, by the series of 2·artanh(u/(2+u)): see from-logits-forward.wgsl.
fn log1p(u: f32) -> f32 {
  let r = u / (2.0 + u);
  let q = r * r;
  let tail = q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 +
    q * (1.0 / 11.0 + q * (1.0 / 13.0 + q * (1.0 / 15.0)))))));
  return 2.0 * (r + r * tail);
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
    let z = log(clipped / (1.0 - clipped));
    sum += max(z, 0.0) - z * t + log1p(exp(-abs(z)));
  }
  loss[n] = sum / f32(PER_SAMPLE);
}
