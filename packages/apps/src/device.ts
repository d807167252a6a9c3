import {
  type AdapterInfo,
  chooseVariant,
  Device,
  type KernelChoice,
  type Precision,
  passKey,
  type VariantName,
} from "@convscope/kernels";

/** Opens the device, and tells on standard error what a user should know of it. */
export async function openDevice(kernels: KernelChoice, precision?: Precision): Promise<Device> {
  const device = await Device.open({ kernels, precision });
  for (const note of device.notes) console.error(`convscope: ${note}`);
  return device;
}

/** Which variant runs of each pass that the device sees from here on, by pass and sizes. */
export function variantsSeen(device: Device): Readonly<Record<string, VariantName>> {
  const variants: Record<string, VariantName> = {};
  device.onPass = (pass, geometry) => {
    variants[passKey(pass, geometry)] ??= chooseVariant(device, pass, geometry).name;
  };
  return variants;
}

/** The device on which a report was made. */
export const deviceLine = ({ name, isSoftware }: AdapterInfo): string =>
  `Device: ${name}${isSoftware ? " (software: a processor plays the GPU)" : ""}`;
