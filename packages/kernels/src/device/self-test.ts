import type { Device } from "./device.ts";
import { defineKernel } from "./kernel.ts";
import selfTestWgsl from "./self-test.wgsl";

const selfTest = defineKernel({ name: "self-test", wgsl: selfTestWgsl, buffers: ["x", "y"] });

/** Has the device compute something whose answer is known. @throws where it answers wrongly */
export async function proveDevice(device: Device): Promise<void> {
  using scope = device.scope();
  const x = scope.tensor([64]);
  const y = scope.tensor([64]);
  device.write(
    x,
    Float32Array.from({ length: 64 }, (_, i) => i),
  );
  device.run(selfTest, { x, y }, {}, { grid: [1, 1, 1] });
  const { data } = await device.read(y);
  const wrong = data.findIndex((value, i) => value !== 2 * i + 1);
  if (wrong < 0) return;
  throw new Error(
    `[device] ${device.adapter.name} computes wrongly: the self-test wanted ${2 * wrong + 1} and got ${data[wrong]}. ` +
      "Update the graphics driver, or use another adapter.",
  );
}
