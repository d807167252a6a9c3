import { type AdapterInfo, Device, type KernelChoice } from "@convscope/kernels";

/** Opens the device, and tells on standard error what a user should know of it. */
export async function openDevice(kernels: KernelChoice): Promise<Device> {
  const device = await Device.open({ kernels });
  for (const note of device.notes) console.error(`convscope: ${note}`);
  return device;
}

/** The device on which a report was made. */
export const deviceLine = ({ name, isSoftware }: AdapterInfo): string =>
  `Device: ${name}${isSoftware ? " (software: a processor plays the GPU)" : ""}`;
