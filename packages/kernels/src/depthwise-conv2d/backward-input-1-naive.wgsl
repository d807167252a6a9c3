// depthwise-conv2d.backwardInput, 1. naive: one thread per element of dx, which collects from every output that read it.
//
//   dx[n,iy,ix,c] = Σ_{fy,fx,m} dy[n,oy,ox,c·MULTIPLIER + m] · f[fy,fx,c,m]
//     over the taps with oy·STRIDE_H = iy + PAD_TOP − fy·DILATION_H and ox·STRIDE_W = ix + PAD_LEFT − fx·DILATION_W
//
// dy: NHWC   f: rows, columns, channels, MULTIPLIER   dx: NHWC      f32, row-major
// grid: ⌈batch·IN_H·IN_W·IN_C/64⌉ workgroups of 64, folded into two dimensions
// cost: at most 2·batch·OUT_H·OUT_W·OUT_C·FILTER_H·FILTER_W flop that count
// checked against depthwise-conv2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override IN_C: u32;
override FILTER_H: u32;
override FILTER_W: u32;
override OUT_H: u32;
override OUT_W: u32;
override OUT_C: u32; // IN_C·MULTIPLIER
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;
override MULTIPLIER: u32;

struct Step {
  count: u32, // elements of dx
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> f: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let c = i % IN_C;
  let ix = i / IN_C % IN_W;
  let iy = i / IN_C / IN_W % IN_H;
  let n = i / IN_C / IN_W / IN_H;
  var sum = 0.0;
  for (var fy = 0u; fy < FILTER_H; fy++) {
    // Where oy·STRIDE_H would have to be; negative numbers wrap to huge ones and fail the test below.
    let sy = iy + PAD_TOP - fy * DILATION_H;
    if (sy % STRIDE_H != 0u || sy / STRIDE_H >= OUT_H) {
      continue;
    }
    for (var fx = 0u; fx < FILTER_W; fx++) {
      let sx = ix + PAD_LEFT - fx * DILATION_W;
      if (sx % STRIDE_W != 0u || sx / STRIDE_W >= OUT_W) {
        continue;
      }
      let pixel = (n * OUT_H + sy / STRIDE_H) * OUT_W + sx / STRIDE_W;
      for (var m = 0u; m < MULTIPLIER; m++) {
        let oc = c * MULTIPLIER + m;
        sum += dy[pixel * OUT_C + oc] * f[(fy * FILTER_W + fx) * OUT_C + oc];
      }
    }
  }
  dx[i] = sum;
}
