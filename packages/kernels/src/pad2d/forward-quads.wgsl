// pad2d.forward, quads: borders of zeros around pictures, or pictures without their borders, where sides are negative.
//
//   y[n,oy,ox,c] = x[n, oy − TOP, ox − LEFT, c], and 0 where that lies outside x
//
// x, y: NHWC      read as quads: CHANNELS is a multiple of 4
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many elements as there are
//       threads
// cost: 8 bytes an element, and the divisions that find its place
// checked against pad2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override OUT_H: u32;
override OUT_W: u32;
override CHANNELS: u32;
override TOP: i32;
override LEFT: i32;

struct Step {
  count: u32, // of y, in quads
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let channels = CHANNELS / 4u;
  for (var i = id.y * groups.x * 64u + id.x; i < step.count; i += groups.x * groups.y * 64u) {
    let c = i % channels;
    // Left of and above the picture these wrap to huge numbers, so one comparison leaves out all that is outside.
    let ix = u32(i32(i / channels % OUT_W) - LEFT);
    let iy = u32(i32(i / (channels * OUT_W) % OUT_H) - TOP);
    let n = i / (channels * OUT_W * OUT_H);
    if (iy < IN_H && ix < IN_W) {
      y[i] = x[((n * IN_H + iy) * IN_W + ix) * channels + c];
    } else {
      y[i] = vec4f();
    }
  }
}
