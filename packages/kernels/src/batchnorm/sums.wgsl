// batchnorm's sums over all values of a channel: one thread per four neighbouring values of a round and part of the rounds;
// sum-partials.wgsl adds the parts up.
//
//   partial[part, c] = Σ over the part's values i of channel c of
//     TERM 0: a[i]                  the sum behind the mean, and behind the gradient of beta
//     TERM 1: (a[i] − mean[c])²     the sum behind the variance
//     TERM 2: a[i]·(x[i] − mean[c]) the sum behind the gradient of gamma
//
// A round is `unit` quads, a whole number of pixels of CHANNELS values, so each lane of a thread keeps its channel; a round of
// several pixels makes as many rows of `partial`.
// a, x: values, the channels last, read as quads (a buffer holds whole ones; what is behind the last value counts as 0)
// mean: CHANNELS   partial: parts × 4·unit, that is parts·(pixels of a round) × CHANNELS      f32
// grid: x ⌈unit/8⌉, y parts, workgroups of 8
// cost: 4 or 8 bytes an element and up to 3 operations, in this order: two runs give the same bits
// checked against batchnorm.reference.ts

override TERM: u32;

struct Step {
  count: u32, // of values
  channels: u32,
  unit: u32, // quads of a round
  roundsOfPart: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // where TERM has none, any buffer may stand in for x and mean
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(4) var<uniform> step: Step;

const ROUNDS_OF_BLOCK = 64u;

@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let q = id.x;
  let part = id.y;
  if (q >= step.unit) {
    return;
  }
  let c = (vec4u(4u * q) + vec4u(0u, 1u, 2u, 3u)) % vec4u(step.channels);
  var centre = vec4f();
  if (TERM != 0u) {
    centre = vec4f(mean[c.x], mean[c.y], mean[c.z], mean[c.w]);
  }
  let quads = (step.count + 3u) / 4u;
  let end = min((part + 1u) * step.roundsOfPart * step.unit, quads);
  var sum = vec4f();
  // Sums of block sums: the rounding error grows with the blocks, not with the values.
  var i = part * step.roundsOfPart * step.unit + q;
  while (i < end) {
    var sumOfBlock = vec4f();
    let endOfBlock = min(i + ROUNDS_OF_BLOCK * step.unit, end);
    for (; i < endOfBlock; i += step.unit) {
      var term = a[i];
      if (TERM == 1u) {
        term = (term - centre) * (term - centre);
      } else if (TERM == 2u) {
        term = term * (x[i] - centre);
      }
      let isInside = vec4u(4u * i) + vec4u(0u, 1u, 2u, 3u) < vec4u(step.count);
      sumOfBlock += select(vec4f(), term, isInside);
    }
    sum += sumOfBlock;
  }
  partial[part * step.unit + q] = sum;
}
