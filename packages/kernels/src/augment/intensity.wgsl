// augment.intensity: one workgroup per picture, in place: what is done to values wherever they stand.
//
//   lowest, highest = the extremes of the picture x[n], all channels
//   s = clamp(x + shift, lowest, highest)                             where the picture has a channel shift
//   b = ⌊clamp(⌊255·(s − min s)/(max s − min s)⌋·factor, 0, 255)⌋     where it has a brightness, IS_STRETCHED: Keras 2's way
//   b = ⌊clamp(⌊clamp(s, 0, 255)⌋·factor, 0, 255)⌋                    and not IS_STRETCHED; alpha, the 4th channel, keeps its factor 1
//   x ← b·scale
//
// min s and max s follow from the extremes of x, since s grows with x; so they need no look at the values of their own.
//
// x: floats [n,…], PER_PICTURE of them a picture
// pictures: four vec4f a picture, see pictures.ts: the last one is shift, factor, whether there is either
// grid: n workgroups of 256, in x
// cost: 8 bytes an element, 12 where extremes are wanted
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

  var low = -LARGEST;
  var high = LARGEST;
  if (hasShift || (hasBrightness && IS_STRETCHED != 0u)) {
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
  let range = clamp(high + shift, low, high) - darkest;

  for (var i = thread; i < PER_PICTURE; i += THREADS) {
    var value = x[begin + i];
    if (hasShift) {
      value = clamp(value + shift, low, high);
    }
    if (hasBrightness) {
      if (IS_STRETCHED != 0u) {
        value -= darkest;
        if (range != 0.0) {
          value = value / range * 255.0;
        }
      }
      let isAlpha = CHANNELS == 4u && i % 4u == 3u;
      value = floor(clamp(floor(clamp(value, 0.0, 255.0)) * select(factor, 1.0, isAlpha), 0.0, 255.0));
    }
    x[begin + i] = value * step.scale;
  }
}
