import { Device, defineKernel, gridFor } from "@convscope/kernels";

const axpy = defineKernel({
  name: "axpy",
  wgsl: `
    struct Step { count: u32, a: f32 }
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @group(0) @binding(2) var<uniform> step: Step;

    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < step.count) { y[id.x] += step.a * x[id.x]; }
    }`,
  buffers: ["x", "y"],
  step: ["count", "a"],
});

using device = await Device.open();
const x = device.tensor([3], Float32Array.of(1, 2, 3));
const y = device.tensor([3], Float32Array.of(10, 10, 10));
device.startProfiling();
device.run(axpy, { x, y }, {}, { grid: gridFor(3), step: { count: 3, a: 0.5 } });
const { kernels } = await device.stopProfiling();
const { data } = await device.read(y);
console.log(data.join(" "));
for (const { kernel, calls } of kernels) console.log(`${kernel}: ${calls} call`);
