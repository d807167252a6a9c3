// Can WebGPU compute here? Asks Dawn for an adapter, runs a kernel that squares four numbers, and checks the answer.
// A program of its own, because a broken driver may crash the process. Prints the adapter's name and exits with 0,
// or prints the reason and exits with 1.
import { createRequire } from "node:module";

const WGSL = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> values: array<u32>;
@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3u) { values[id.x] = values[id.x] * values[id.x]; }
`;

function quit(code, message) {
  console.log(message);
  process.exit(code);
}

setTimeout(() => quit(1, "the adapter did not answer within 60 seconds"), 60_000);

try {
  // `webgpu` belongs to the kernels package, so that is where it is looked up.
  const require = createRequire(new URL("../packages/kernels/package.json", import.meta.url));
  const { create, globals } = require("webgpu");
  Object.assign(globalThis, globals);
  // Kept in a variable: once this object is collected, Dawn's promises never resolve.
  const gpu = create([]);

  const adapter = await gpu.requestAdapter();
  if (adapter === null) quit(1, "no adapter");
  const device = await adapter.requestDevice();

  const input = new Uint32Array([1, 2, 3, 65535]);
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const values = device.createBuffer({ size: input.byteLength, usage: STORAGE | COPY_SRC | COPY_DST });
  const readback = device.createBuffer({ size: input.byteLength, usage: MAP_READ | COPY_DST });
  device.queue.writeBuffer(values, 0, input);

  const module = device.createShaderModule({ code: WGSL });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: values } }],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(values, 0, readback, 0, input.byteLength);
  device.queue.submit([encoder.finish()]);
  await readback.mapAsync(GPUMapMode.READ);

  const output = [...new Uint32Array(readback.getMappedRange())];
  const expected = [1, 4, 9, 4294836225];
  const name = adapter.info.description || adapter.info.device || "unnamed adapter";
  const right = expected.every((value, index) => value === output[index]);
  if (!right) quit(1, `${name} computes wrongly: squares of ${[...input].join(" ")} are ${output.join(" ")}`);
  gpu; // alive until here
  quit(0, name);
} catch (error) {
  quit(1, error.message);
}
