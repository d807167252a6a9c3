// valueLoss.backward: one thread per value; the loss is told by KIND, as in forward.wgsl.
//
//   dp[i] = scale·∂f(y[i], p[i])/∂p
//
// Where p was clipped it is 0, and so is it at the bends of absolute values.
//
// y, p, dp: COUNT floats of any shape; scale holds 1/(n·DIVISOR) for the gradient of the mean loss
// grid: ⌈count/64⌉ workgroups of 64, folded into two dimensions
// cost: 12 bytes a value, and up to two logarithms
// checked against value-losses.reference.ts

override KIND: u32;

struct Step {
  count: u32,
  scale: f32,
  delta: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> dp: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

const EPSILON: f32 = 1e-7;

// The slope of log cosh; see tanh/forward.wgsl.
fn tanh_of(x: f32) -> f32 {
  let e = exp(-2.0 * abs(x));
  let s = x * x;
  let series = x + x * s * (-1.0 / 3.0 + s * (2.0 / 15.0 + s * (-17.0 / 315.0 + s * (62.0 / 2835.0))));
  return select(sign(x) * (1.0 - e) / (1.0 + e), series, abs(x) < 0.25);
}

fn slope(t: f32, q: f32) -> f32 {
  switch (KIND) {
    case 0u: {
      return sign(q - t);
    }
    case 1u: {
      return 100.0 * sign(q - t) / max(abs(t), EPSILON);
    }
    case 2u: {
      let difference = log(max(q, EPSILON) + 1.0) - log(max(t, EPSILON) + 1.0);
      return select(0.0, 2.0 * difference / (q + 1.0), q >= EPSILON);
    }
    case 3u: {
      return select(0.0, -t, 1.0 - t * q >= 0.0);
    }
    case 4u: {
      return -2.0 * t * max(1.0 - t * q, 0.0);
    }
    case 5u: {
      return tanh_of(q - t);
    }
    case 6u: {
      return 1.0 - t / (q + EPSILON);
    }
    case 7u: {
      return select(0.0, -clamp(t, EPSILON, 1.0) / q, q >= EPSILON && q <= 1.0);
    }
    default: {
      return clamp(q - t, -step.delta, step.delta);
    }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  dp[i] = step.scale * slope(y[i], p[i]);
}
