// sparseCategoricalCrossentropyFromLogits.forward: one thread per sample. softmax and logarithm in one.
//
//   loss[n] = Σ_{r of n} ( log Σ_k exp(z[r,k]) − z[r,y[r]] ) / ROWS
//
// With m = z[r,top] the greatest logit:  log Σ_k exp(z_k) = m + log1p(Σ_{k≠top} exp(z_k − m)).  Nothing overflows, and a
// sure answer keeps its small loss.
//
// y: [samples, ROWS], class indices as floats   z: [samples, ROWS, CLASSES]   loss: [samples]      f32, row-major
// An index that is no class gives `invalid`, which is not a number.
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: one exp a value; z is read twice
// checked against sparse-categorical-crossentropy.reference.ts and tfjs

override ROWS: u32;
override CLASSES: u32;

struct Step {
  samples: u32,
  invalid: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

// log(1+u) for u ≥ 0. Up to 1, where 1+u would forget a small u, by the series of 2·artanh(u/(2+u)): see
// binary-crossentropy/from-logits-forward.wgsl.
fn log1p(u: f32) -> f32 {
  let r = u / (2.0 + u);
  let q = r * r;
  let tail = q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 +
    q * (1.0 / 11.0 + q * (1.0 / 13.0 + q * (1.0 / 15.0)))))));
  return select(2.0 * (r + r * tail), log(1.0 + u), u > 1.0);
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
    var top = begin;
    for (var i = begin + 1u; i < begin + CLASSES; i++) {
      top = select(top, i, z[i] > z[top]);
    }
    var rest = 0.0;
    for (var i = begin; i < begin + CLASSES; i++) {
      rest += select(exp(z[i] - z[top]), 0.0, i == top);
    }
    let isClass = y[row] >= 0.0 && y[row] < f32(CLASSES);
    let label = select(0u, u32(y[row]), isClass);
    total += select(step.invalid, (z[top] - z[begin + label]) + log1p(rest), isClass);
  }
  loss[n] = total / f32(ROWS);
}
