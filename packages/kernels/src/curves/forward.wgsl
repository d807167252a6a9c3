// curve.forward: each thread works through some quads; KIND says which curve.
//
//   0 elu           y = scale·x above 0, scale·alpha·(exp(x) − 1) below
//   1 exponential   y = exp(x)
//   2 softplus      y = log(exp(x) + 1) = max(x, 0) + log(1 + exp(−|x|))
//   3 softsign      y = x / (1 + |x|)
//   4 hardSigmoid   y = 0.2·x + 0.5 between 0 and 1;   and NaN where x is NaN
//
// x, y: any shape, read as quads (a buffer holds whole ones)
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 8 bytes an element, an exp or two
// checked against curves.reference.ts and tfjs

override KIND: u32;

struct Step {
  quads: u32,
  alpha: f32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> step: Step;

// Of the bits, because WGSL lets a compiler assume that no float is NaN.
fn isNan(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

// exp(v) − 1 for v ≤ 0; near 0, where that would lose its digits, by Taylor's series.
fn exp_minus_1(v: vec4f) -> vec4f {
  let series = v * (1.0 + v * (1.0 / 2.0 + v * (1.0 / 6.0 + v * (1.0 / 24.0 + v * (1.0 / 120.0 + v * (1.0 / 720.0 + v / 5040.0))))));
  return select(exp(v) - 1.0, series, v > vec4f(-0.25));
}

// log(1 + e) for 0 ≤ e ≤ 1; where e is small, by its series.
fn log_1_plus(e: vec4f) -> vec4f {
  let series = e * (1.0 + e * (-1.0 / 2.0 + e * (1.0 / 3.0 - e / 4.0)));
  return select(log(1.0 + e), series, e < vec4f(1.0 / 64.0));
}

fn curve(v: vec4f) -> vec4f {
  switch (KIND) {
    case 0u: {
      return step.scale * select(step.alpha * exp_minus_1(min(v, vec4f())), v, v > vec4f());
    }
    case 1u: {
      return exp(v);
    }
    case 2u: {
      return max(v, vec4f()) + log_1_plus(exp(-abs(v)));
    }
    case 3u: {
      return v / (1.0 + abs(v));
    }
    default: {
      return clamp(0.2 * v + 0.5, vec4f(), vec4f(1.0));
    }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    y[i] = select(curve(x[i]), x[i], isNan(x[i]));
  }
}
