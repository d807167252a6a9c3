// batchnorm.backwardInput: each thread works through quads of the same four channels.
//
//   training   dx[i] = scale[c]·( dy[i] − sumOfDy[c]/m − (x[i] − mean[c])·sumOfProducts[c]/(m·(variance[c] + epsilon)) )
//   inference  dx[i] = scale[c]·dy[i]
//   scale[c] = gamma[c] / √(variance[c] + epsilon),   c = i mod channels,   m = the values of a channel
//
// sumOfDy = Σ dy and sumOfProducts = Σ dy·(x − mean), both over the m values (sums.wgsl); see docs/derivations.md.
// x, dy, dx: values, the channels last, read as quads (a buffer holds whole ones)   the others: channels
// grid: as forward.wgsl
// cost: 12 bytes and 3 operations an element; in inference x is not read
// checked against batchnorm.reference.ts

override IS_TRAINING: bool; // without, any buffer may stand in for x, mean and the sums

struct Step {
  quads: u32,
  stride: u32, // threads that take part: 4·stride is a multiple of channels
  channels: u32,
  hasGamma: u32, // without, any buffer may stand in
  epsilon: f32,
  values: f32, // m
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> variance: array<f32>;
@group(0) @binding(5) var<storage, read> sumOfDy: array<f32>;
@group(0) @binding(6) var<storage, read> sumOfProducts: array<f32>;
@group(0) @binding(7) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(8) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = id.y * groups.x * 64u + id.x;
  if (first >= step.stride) {
    return;
  }
  let c = (vec4u(4u * first) + vec4u(0u, 1u, 2u, 3u)) % vec4u(step.channels);
  let widened = vec4f(variance[c.x], variance[c.y], variance[c.z], variance[c.w]) + step.epsilon;
  var scale = vec4f(1.0);
  if (step.hasGamma != 0u) {
    scale = vec4f(gamma[c.x], gamma[c.y], gamma[c.z], gamma[c.w]);
  }
  scale /= sqrt(widened);
  if (IS_TRAINING) {
    let centre = vec4f(mean[c.x], mean[c.y], mean[c.z], mean[c.w]);
    let ofDy = vec4f(sumOfDy[c.x], sumOfDy[c.y], sumOfDy[c.z], sumOfDy[c.w]) / step.values;
    let products = vec4f(sumOfProducts[c.x], sumOfProducts[c.y], sumOfProducts[c.z], sumOfProducts[c.w]);
    let ofX = products / (step.values * widened);
    for (var i = first; i < step.quads; i += step.stride) {
      dx[i] = scale * (dy[i] - ofDy - (x[i] - centre) * ofX);
    }
  } else {
    for (var i = first; i < step.quads; i += step.stride) {
      dx[i] = scale * dy[i];
    }
  }
}
