// curve.backward: each thread works through some quads; KIND says which curve, as in forward.wgsl.
//
//   dx[i] = dy[i]·y'(x[i])
//
//   0 elu scale above 0, scale·alpha·exp(x) below   1 exponential exp(x)   2 softplus 1/(1 + exp(−x))   3 softsign 1/(1 + |x|)²
//   4 hardSigmoid 0.2 from −2.5 to 2.5, else 0
//
// x, dy, dx: any shape, read as quads (a buffer holds whole ones)
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: 12 bytes an element, an exp or two
// checked against curves.reference.ts and tfjs

override KIND: u32;

struct Step {
  quads: u32,
  alpha: f32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

fn slope(v: vec4f) -> vec4f {
  switch (KIND) {
    case 0u: {
      return step.scale * select(step.alpha * exp(min(v, vec4f())), vec4f(1.0), v > vec4f());
    }
    case 1u: {
      return exp(v);
    }
    case 2u: {
      let e = exp(-abs(v));
      return select(e, vec4f(1.0), v > vec4f()) / (1.0 + e);
    }
    case 3u: {
      let divisor = 1.0 + abs(v);
      return 1.0 / (divisor * divisor);
    }
    default: {
      return select(vec4f(), vec4f(0.2), abs(v) <= vec4f(2.5));
    }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    dx[i] = dy[i] * slope(x[i]);
  }
}
