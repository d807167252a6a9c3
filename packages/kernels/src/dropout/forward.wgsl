// dropout.forward: one thread per block of four elements, because one Philox call gives four random words.
//
//   y[i] = x[i] · scale if u[i] ≥ rate, else 0        scale = 1 / (1 − rate)
//   u[i] = word_{i mod 4}(Philox4x32-10 at counter (⌊i/4⌋, stream, stepIndex, 2) under key (seedLow, seedHigh)),
//          its upper 24 bits as a number in [0, 1)
//
// x, y: COUNT floats of any shape. The backward pass is the same kernel on dy: the mask is computed again, not stored.
// Philox: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011), the same bits as
// ../philox/philox.ts. Nothing is drawn in turn, so no order of threads can change the mask.
// grid: ⌈count/4/64⌉ workgroups of 64, folded into two dimensions
// cost: 8 bytes and about 70 integer operations an element
// checked against dropout.reference.ts, the mask bit by bit

struct Step {
  count: u32,
  rate: f32,
  scale: f32,
  seedLow: u32,
  seedHigh: u32,
  stream: u32,
  stepIndex: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

// `purposes.dropout` of ../philox/random-stream.ts
const PURPOSE = 2u;

// The high 32 bits of the 64-bit product a·b, by 16-bit halves: WGSL has no 64-bit integers.
fn multiplyHigh(a: u32, b: u32) -> u32 {
  let aLow = a & 0xffffu;
  let aHigh = a >> 16u;
  let bLow = b & 0xffffu;
  let bHigh = b >> 16u;
  let low = aLow * bLow;
  let middle1 = aHigh * bLow + (low >> 16u);
  let middle2 = aLow * bHigh + (middle1 & 0xffffu);
  return aHigh * bHigh + (middle1 >> 16u) + (middle2 >> 16u);
}

fn philox4x32(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let high0 = multiplyHigh(0xd2511f53u, c.x);
    let low0 = 0xd2511f53u * c.x;
    let high1 = multiplyHigh(0xcd9e8d57u, c.z);
    let low1 = 0xcd9e8d57u * c.z;
    c = vec4u(high1 ^ c.y ^ k.x, low1, high0 ^ c.w ^ k.y, low0);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let block = id.y * groups.x * 64u + id.x;
  let counter = vec4u(block, step.stream, step.stepIndex, PURPOSE);
  let words = philox4x32(counter, vec2u(step.seedLow, step.seedHigh));
  // 24 bits fit a float's mantissa, so that neither the conversion nor the scaling rounds.
  let u = vec4f(words >> vec4u(8u)) * 0x1p-24;
  for (var lane = 0u; lane < 4u; lane++) {
    let i = 4u * block + lane;
    if (i < step.count) {
      y[i] = select(0.0, x[i] * step.scale, u[lane] >= step.rate);
    }
  }
}
