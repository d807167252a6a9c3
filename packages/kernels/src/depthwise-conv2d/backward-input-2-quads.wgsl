// depthwise-conv2d.backwardInput, 2. quads: one thread per four channels of a pixel, several pixels a thread.
//
//   dx[n,iy,ix,c] = Σ_{fy,fx} dy[n,oy,ox,c] · f[fy,fx,c]
//     over the taps with oy·STRIDE_H = iy + PAD_TOP − fy·DILATION_H and ox·STRIDE_W = ix + PAD_LEFT − fx·DILATION_W
//
// dy: NHWC   f: rows, columns, channels (MULTIPLIER is 1)   dx: NHWC      read as quads: IN_C is a multiple of 4
// grid: ⌈quads/4/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many quads as there are threads
// cost: at most 2·batch·OUT_H·OUT_W·OUT_C·FILTER_H·FILTER_W flop that count
// checked against depthwise-conv2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override IN_C: u32;
override FILTER_H: u32;
override FILTER_W: u32;
override OUT_H: u32;
override OUT_W: u32;
override OUT_C: u32; // IN_C
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;

struct Step {
  quads: u32, // of dx
  rows: u32, // FILTER_H, of which the compiler is not to know: it would unroll the loop
}

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> f: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let quads = IN_C / 4u;
  for (var i = id.y * groups.x * 64u + id.x; i < step.quads; i += groups.x * groups.y * 64u) {
    let q = i % quads;
    let ix = i / quads % IN_W;
    let iy = i / quads / IN_W % IN_H;
    let n = i / quads / IN_W / IN_H;
    var sum = vec4f();
    for (var fy = 0u; fy < step.rows; fy++) {
      // Where oy·STRIDE_H would have to be; negative numbers wrap to huge ones and fail the test below.
      let sy = iy + PAD_TOP - fy * DILATION_H;
      if (sy % STRIDE_H != 0u || sy / STRIDE_H >= OUT_H) {
        continue;
      }
      let row = (n * OUT_H + sy / STRIDE_H) * OUT_W;
      for (var fx = 0u; fx < FILTER_W; fx++) {
        let sx = ix + PAD_LEFT - fx * DILATION_W;
        if (sx % STRIDE_W == 0u && sx / STRIDE_W < OUT_W) {
          sum += dy[(row + sx / STRIDE_W) * quads + q] * f[(fy * FILTER_W + fx) * quads + q];
        }
      }
    }
    dx[i] = sum;
  }
}
