// augment.intensity: one workgroup per picture, in place: what is done to values wherever they stand.
//
//   lowest, highest = the extremes of the picture x[n], all channels
//   s = clamp(x + shift, lowest, highest)                                 where the picture has a channel shift
//   t = ⌊s⌋, or stretched, ⌊255·(s − min s)/(max s − min s)⌋              where it has a brightness
//   b = ⌊clamp(t·factor, 0, 255)⌋, or stretched back, b/255·(max s − min s) + min s
//   x ← b·scale
//
// Stretched is what leaves 0 … 255, and back; where IS_STRETCHED, every picture, and not back: Keras 2's way. The factor of
// alpha, the 4th channel, is 1. min s and max s follow from the extremes of x, since s grows with x.
//
// x: floats [n,…], PER_PICTURE of them a picture
// pictures: four vec4f a picture, see pictures.ts: the last one is shift, factor, whether there is either
// grid: n workgroups of 256, in x
// cost: 12 bytes an element; 8 of a picture that has neither
// checked against augment.reference.ts

override PER_PICTURE: u32;
override CHANNELS: u32;
override IS_STRETCHED: u32;

struct Step {
  scale: f32,
}

@group(0) @binding(0) var<storage, read> pictures: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

const THREADS = 256u;
const LARGEST = 3.4028234e38;

var<workgroup> lowest: array<f32, 256>;
var<workgroup> highest: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let begin = group.x * PER_PICTURE;
  let intensity = pictures[4u * group.x + 3u];
  let shift = intensity.x;
  let factor = intensity.y;
  let hasShift = intensity.z != 0.0;
  let hasBrightness = intensity.w != 0.0;

  var low = 0.0;
  var high = 0.0;
  if (hasShift || hasBrightness) {
    low = LARGEST;
    high = -LARGEST;
    for (var i = thread; i < PER_PICTURE; i += THREADS) {
      low = min(low, x[begin + i]);
      high = max(high, x[begin + i]);
    }
    lowest[thread] = low;
    highest[thread] = high;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (thread < half) {
        lowest[thread] = min(lowest[thread], lowest[thread + half]);
        highest[thread] = max(highest[thread], highest[thread + half]);
      }
    }
    workgroupBarrier();
    low = lowest[0];
    high = highest[0];
  }
  let darkest = clamp(low + shift, low, high);
  let brightest = clamp(high + shift, low, high);
  let range = brightest - darkest;
  let isWithin = darkest >= 0.0 && brightest <= 255.0;

  for (var i = thread; i < PER_PICTURE; i += THREADS) {
    var value = x[begin + i];
    if (hasShift) {
      value = clamp(value + shift, low, high);
    }
    if (hasBrightness) {
      if (IS_STRETCHED != 0u || !isWithin) {
        // A picture of one value becomes black.
        value = select(0.0, (value - darkest) / range * 255.0, range > 0.0);
      }
      let isAlpha = CHANNELS == 4u && i % 4u == 3u;
      value = floor(clamp(floor(value) * select(factor, 1.0, isAlpha), 0.0, 255.0));
      if (IS_STRETCHED == 0u && !isWithin) {
        value = value / 255.0 * range + darkest;
      }
    }
    x[begin + i] = value * step.scale;
  }
}
