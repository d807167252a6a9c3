// sparseCategoricalCrossentropyFromLogits.backward: one thread per row of classes.
//
//   dz[c] = scale·( softmax(z)[c] − [c = y] )
//
// With e[c] = exp(z[c] − max z) and R the sum of all e but the greatest's (which is 1), t[c] = [c = y]:
//
//   dz[c] = scale·( (e[c] − t[c]) − t[c]·R ) / (1+R)
//
// which stays right where softmax would round to 1: the gradient of a sure sample is small and not 0.
//
// y: [rows], class indices as floats   z, dz: [rows, CLASSES]      f32, row-major
// scale holds 1/(n·rows per sample) for the gradient of the mean loss; an index that is no class gives `invalid`
// grid: ⌈rows/64⌉ workgroups of 64, folded into two dimensions
// cost: two exp a value; z is read three times
// checked against sparse-categorical-crossentropy.reference.ts and tfjs

override CLASSES: u32;

struct Step {
  rows: u32,
  scale: f32,
  invalid: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> dz: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

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
  for (var i = begin; i < begin + CLASSES; i++) {
    rest += select(exp(z[i] - z[top]), 0.0, i == top);
  }
  let isClass = y[row] >= 0.0 && y[row] < f32(CLASSES);
  let label = begin + select(0u, u32(y[row]), isClass);
  for (var i = begin; i < begin + CLASSES; i++) {
    let t = select(0.0, 1.0, i == label);
    let e = select(exp(z[i] - z[top]), 1.0, i == top);
    let slope = ((e - t) - t * rest) / (1.0 + rest);
    dz[i] = select(step.invalid, step.scale * slope, isClass);
  }
}
