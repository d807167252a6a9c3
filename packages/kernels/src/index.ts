export type { AdapterInfo } from "./device/adapter-info.ts";
export { type Created, Device, type DeviceOptions, type KernelChoice, type Launch } from "./device/device.ts";
export { gridFor } from "./device/grid.ts";
export { type Binding, defineKernel, type Kernel, type StepField, specialize } from "./device/kernel.ts";
export { type Scope, StepMemory } from "./device/memory.ts";
export type { KernelTime, Profile } from "./device/profile.ts";
export {
  bytesOf,
  type DataType,
  formatShape,
  type NdArray,
  reshaped,
  sizeOf,
  type Tensor,
} from "./device/tensor.ts";
