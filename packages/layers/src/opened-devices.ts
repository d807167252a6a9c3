import { Device } from "@convscope/kernels";

/** The devices that models opened for themselves, and who lives there: models and weights. The last to go ends it. */
const usersOf = new Map<Device, Set<object>>();

/** Opens a device, which ends when the last of its users has left. */
export async function openDevice(): Promise<Device> {
  const device = await Device.open();
  usersOf.set(device, new Set());
  return device;
}

/** Says that a model or weight lives on a device. */
export function useDevice(device: Device, user: object): void {
  usersOf.get(device)?.add(user);
}

/** Says that it does no more; ends the device where it was the last, and the device was opened here. */
export function leaveDevice(device: Device, user: object): void {
  const users = usersOf.get(device);
  users?.delete(user);
  if (users?.size !== 0) return;
  usersOf.delete(device);
  device.close();
}
