// dense.backwardWeights, 2. registers: one thread computes 4 inputs by 4 outputs of dw.
//
//   dw[i,o] = Σ_n x[n,i] · dy[n,o]
//
// Idea: a value that was read once serves 4 weights: 16 multiply-adds cost 8 reads and not 32.
//
// x: rows × IN   dy: rows × OUT   dw: IN × OUT      f32, row-major
// grid: x ⌈OUT/4/8⌉, y·z ⌈IN/4⌉ folded, workgroups of 8
// cost: 2·rows·IN·OUT flop
// checked against dense.reference.ts

override IN: u32;
override OUT: u32;

struct Step {
  rows: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(8)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let o = (group.x * 8u + local.x) * 4u;
  let i = (group.z * groups.y + group.y) * 4u;
  if (o >= OUT || i >= IN) {
    return;
  }
  // Inputs and outputs beyond the last read the last one's values; they are not written.
  let c = min(vec4u(o, o + 1u, o + 2u, o + 3u), vec4u(OUT - 1u));
  let input = min(vec4u(i, i + 1u, i + 2u, i + 3u), vec4u(IN - 1u));
  var sum: array<vec4f, 4>;
  for (var n = 0u; n < step.rows; n++) {
    let k = n * OUT;
    let slope = vec4f(dy[k + c.x], dy[k + c.y], dy[k + c.z], dy[k + c.w]);
    for (var r = 0u; r < 4u; r++) {
      sum[r] += x[n * IN + input[r]] * slope;
    }
  }
  for (var r = 0u; r < 4u && i + r < IN; r++) {
    for (var j = 0u; j < 4u && o + j < OUT; j++) {
      dw[(i + r) * OUT + o + j] = sum[r][j];
    }
  }
}
