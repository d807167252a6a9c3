// upsample2d.bilinear-backward: one thread per input element gathers from the outputs that it took part in; no atomics,
// fixed order.
//
//   dx[n,iy,ix,c] = Σ_{oy,ox} weight(oy, iy)·weight(ox, ix)·dy[n,oy,ox,c]
//   weight(o, i) = 1 − |o/SIZE − i| where that is above 0; behind the last i, 1
//
// dy: NHWC, SIZE_H times as high and SIZE_W times as wide   dx: NHWC
// grid: ⌈N·IN_H·IN_W·CHANNELS/64⌉ workgroups of 64, folded into two dimensions
// cost: at most (2·SIZE_H − 1)·(2·SIZE_W − 1) reads and multiply-adds, 4 bytes written an input element
// checked against upsample2d.reference.ts

override IN_H: u32;
override IN_W: u32;
override CHANNELS: u32;
override SIZE_H: u32;
override SIZE_W: u32;

struct Step {
  count: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

// The first output that an input takes part in: one after the input before it.
fn firstOf(i: u32, size: u32) -> u32 {
  return max(i * size, size) - size + select(1u, 0u, i == 0u);
}

fn weight(o: u32, i: u32, size: u32, inputs: u32) -> f32 {
  if (o >= i * size && i == inputs - 1u) {
    return 1.0;
  }
  return 1.0 - abs(f32(o) - f32(i * size)) / f32(size);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= step.count) {
    return;
  }
  let c = i % CHANNELS;
  let ix = i / CHANNELS % IN_W;
  let iy = i / (CHANNELS * IN_W) % IN_H;
  let n = i / (CHANNELS * IN_W * IN_H);
  var sum = 0.0;
  for (var oy = firstOf(iy, SIZE_H); oy < (iy + 1u) * SIZE_H; oy++) {
    var row = 0.0;
    for (var ox = firstOf(ix, SIZE_W); ox < (ix + 1u) * SIZE_W; ox++) {
      row += weight(ox, ix, SIZE_W, IN_W) * dy[((n * IN_H * SIZE_H + oy) * IN_W * SIZE_W + ox) * CHANNELS + c];
    }
    sum += weight(oy, iy, SIZE_H, IN_H) * row;
  }
  dx[i] = sum;
}
