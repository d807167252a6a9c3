// valueLoss.forward: one thread per sample; what is summed is told by KIND.
//
//   loss[n] = Σ_i f(y[n,i], p[n,i]) / DIVISOR
//
//   0 mean absolute error              f = |p − y|
//   1 mean absolute percentage error   f = 100·|y − p| / max(|y|, ε)
//   2 mean squared logarithmic error   f = (log(max(p, ε) + 1) − log(max(y, ε) + 1))²
//   3 hinge                            f = max(1 − y·p, 0)
//   4 squared hinge                    f = max(1 − y·p, 0)²
//   5 log cosh                         f = log cosh(p − y)
//   6 Poisson                          f = p − y·log(p + ε)
//   7 Kullback-Leibler divergence      f = y·log(y/p), both clipped to [ε, 1]
//   8 Huber                            f = (p − y)²/2 up to delta, delta·(|p − y| − delta/2) beyond
//
// y, p: [samples, PER_SAMPLE]   loss: [samples]      f32, row-major; ε = 1e−7
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes a value, and up to two logarithms
// checked against value-losses.reference.ts

override PER_SAMPLE: u32;
override DIVISOR: u32;
override KIND: u32;

struct Step {
  samples: u32,
  delta: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

const EPSILON: f32 = 1e-7;
const LN2: f32 = 0.6931471805599453;

// Taylor's series below 1/4, where log(1 + e) − log 2 would lose its digits.
fn log_cosh(x: f32) -> f32 {
  let a = abs(x);
  let s = x * x;
  let series = s * (0.5 + s * (-1.0 / 12.0 + s * (1.0 / 45.0 + s * (-17.0 / 2520.0 + s * (31.0 / 14175.0)))));
  return select(a + log(1.0 + exp(-2.0 * a)) - LN2, series, a < 0.25);
}

fn value(t: f32, q: f32) -> f32 {
  switch (KIND) {
    case 0u: {
      return abs(q - t);
    }
    case 1u: {
      return 100.0 * abs(t - q) / max(abs(t), EPSILON);
    }
    case 2u: {
      let difference = log(max(q, EPSILON) + 1.0) - log(max(t, EPSILON) + 1.0);
      return difference * difference;
    }
    case 3u: {
      return max(1.0 - t * q, 0.0);
    }
    case 4u: {
      let margin = max(1.0 - t * q, 0.0);
      return margin * margin;
    }
    case 5u: {
      return log_cosh(q - t);
    }
    case 6u: {
      return q - t * log(q + EPSILON);
    }
    case 7u: {
      let held = clamp(t, EPSILON, 1.0);
      return held * log(held / clamp(q, EPSILON, 1.0));
    }
    default: {
      let error = abs(q - t);
      return select(step.delta * (error - 0.5 * step.delta), 0.5 * error * error, error <= step.delta);
    }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let n = id.y * groups.x * 64u + id.x;
  if (n >= step.samples) {
    return;
  }
  var sum = 0.0;
  for (var i = n * PER_SAMPLE; i < (n + 1u) * PER_SAMPLE; i++) {
    sum += value(y[i], p[i]);
  }
  loss[n] = sum / f32(DIVISOR);
}
