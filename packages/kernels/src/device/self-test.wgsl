// self-test: y[i] = 2·x[i] + 1, small whole numbers, so that the answer must be exact.
//
// x, y: 64 floats
// grid: 1 workgroup of 64

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  y[id.x] = 2.0 * x[id.x] + 1.0;
}
