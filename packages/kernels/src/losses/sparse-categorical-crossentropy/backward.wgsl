// sparseCategoricalCrossentropy.backward: one thread per row of classes.
//
//   p'[c] = p[c] clipped to [1e−7, 1−1e−7] in f32
//   dp[c] = scale·( 1/Σ_k p'[k] − [c = y]/p[c] )   where p was not clipped,   exactly 0 elsewhere
//
// y: [rows], class indices as floats   p, dp: [rows, CLASSES]      f32, row-major
// scale holds 1/(n·rows per sample) for the gradient of the mean loss; an index that is no class gives `invalid`
// grid: ⌈rows/64⌉ workgroups of 64, folded into two dimensions
// cost: p is read twice
// checked against sparse-categorical-crossentropy.reference.ts and tfjs

override CLASSES: u32;

struct Step {
  rows: u32,
  scale: f32,
  invalid: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> dp: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

const LOW: f32 = 1e-7;
const HIGH: f32 = 1.0 - 1e-7;

fn clip(p: f32) -> f32 {
  return select(select(p, LOW, p < LOW), HIGH, p > HIGH);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= step.rows) {
    return;
  }
  let begin = row * CLASSES;
  var sum = 0.0;
  for (var c = 0u; c < CLASSES; c++) {
    sum += clip(p[begin + c]);
  }
  let isClass = y[row] >= 0.0 && y[row] < f32(CLASSES);
  let label = select(0u, u32(y[row]), isClass);
  for (var c = 0u; c < CLASSES; c++) {
    let value = p[begin + c];
    let isClipped = value < LOW || value > HIGH;
    let own = select(0.0, 1.0 / clip(value), c == label);
    let slope = select(1.0 / sum - own, 0.0, isClipped);
    dp[begin + c] = select(step.invalid, step.scale * slope, isClass);
  }
}
