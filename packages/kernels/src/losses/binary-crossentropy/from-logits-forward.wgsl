// binaryCrossentropyFromLogits.forward: one thread per sample. z is the logit: the probability is σ(z).
//
//   t[n,c]  = y[n,c]·(1−s) + s/2                                                (label smoothing s)
//   loss[n] = Σ_c ( max(z,0) − z·t + log1p(exp(−|z|)) ) / PER_SAMPLE            (z = z[n,c], t = t[n,c])
//
// y, z: [samples, PER_SAMPLE]   loss: [samples]      f32, row-major
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: one exp a value
// checked against binary-crossentropy.reference.ts, tfjs and Keras's golden numbers

override PER_SAMPLE: u32;

struct Step {
  samples: u32,
  smoothing: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

// log(1+u) for 0 ≤ u ≤ 1. WGSL's log is only good to 2⁻²¹ near 1, and 1+u forgets a small u; so
// log(1+u) = 2·artanh(r), r = u/(2+u) ≤ 1/3, by its series Σ r^(2k+1)/(2k+1). The first term left out is below 2⁻²⁸.
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
    sum += max(z[i], 0.0) - z[i] * t + log1p(exp(-abs(z[i])));
  }
  loss[n] = sum / f32(PER_SAMPLE);
}
