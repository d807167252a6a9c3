// batchnorm.forward: each thread works through quads of the same four channels.
//
//   y[i] = scale[c]·x[i] + (beta[c] − scale[c]·mean[c]),   scale[c] = gamma[c] / √(variance[c] + epsilon),   c = i mod channels
//
// In training mean and variance are the batch's, else the moving averages. Without gamma it counts as 1, without beta as 0.
// x, y: values, the channels last, read as quads (a buffer holds whole ones)   gamma, beta, mean, variance: channels
// grid: ⌈stride/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as threads take part, which
//       are whole pixels: so it keeps its channels, and works out what belongs to them once
// cost: 8 bytes and one multiply-add an element
// checked against batchnorm.reference.ts

struct Step {
  quads: u32,
  stride: u32, // threads that take part: 4·stride is a multiple of channels
  channels: u32,
  hasGamma: u32, // without, any buffer may stand in; so for beta
  hasBeta: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> variance: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(6) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = id.y * groups.x * 64u + id.x;
  if (first >= step.stride) {
    return;
  }
  let c = (vec4u(4u * first) + vec4u(0u, 1u, 2u, 3u)) % vec4u(step.channels);
  var scale = vec4f(1.0);
  if (step.hasGamma != 0u) {
    scale = vec4f(gamma[c.x], gamma[c.y], gamma[c.z], gamma[c.w]);
  }
  scale /= sqrt(vec4f(variance[c.x], variance[c.y], variance[c.z], variance[c.w]) + step.epsilon);
  var shift = -scale * vec4f(mean[c.x], mean[c.y], mean[c.z], mean[c.w]);
  if (step.hasBeta != 0u) {
    shift += vec4f(beta[c.x], beta[c.y], beta[c.z], beta[c.w]);
  }
  for (var i = first; i < step.quads; i += step.stride) {
    y[i] = scale * x[i] + shift;
  }
}
