// sparseCategoricalCrossentropy.forward: one thread per sample, on probabilities, as Keras takes them. Unlike
// categoricalCrossentropy, Keras clips first and normalises then (through softmax(log p)).
//
//   p'[r,c] = p[r,c] clipped to [1e−7, 1−1e−7] in f32
//   loss[n] = Σ_{r of n} ( log Σ_k p'[r,k] − log p'[r,y[r]] ) / ROWS
//
// y: [samples, ROWS], class indices as floats   p: [samples, ROWS, CLASSES]   loss: [samples]      f32, row-major
// An index that is no class gives `invalid`, which is not a number.
// grid: ⌈samples/64⌉ workgroups of 64, folded into two dimensions
// cost: 4 bytes a value, one log a row
// checked against sparse-categorical-crossentropy.reference.ts and tfjs

override ROWS: u32;
override CLASSES: u32;

struct Step {
  samples: u32,
  invalid: f32,
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
  var total = 0.0;
  for (var row = n * ROWS; row < (n + 1u) * ROWS; row++) {
    let begin = row * CLASSES;
    var sum = 0.0;
    for (var c = 0u; c < CLASSES; c++) {
      sum += clip(p[begin + c]);
    }
    let isClass = y[row] >= 0.0 && y[row] < f32(CLASSES);
    let label = select(0u, u32(y[row]), isClass);
    total += select(step.invalid, log(sum / clip(p[begin + label])), isClass);
  }
  loss[n] = total / f32(ROWS);
}
