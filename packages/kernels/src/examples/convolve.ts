import { conv2dForward, conv2dGeometry, Device } from "@convscope/kernels";

using device = await Device.open();
using scope = device.scope(); // memory for results; given back at the end of the block
const x = device.tensor([1, 3, 3, 1], Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 90)); // NHWC
const f = device.tensor([2, 2, 1, 1], Float32Array.of(-1, 0, 0, 1)); // HWIO

const geometry = conv2dGeometry({ inputShape: x.shape, filterShape: f.shape, padding: "same" });
const { shape, data } = await device.read(conv2dForward(scope, geometry, x, f));
console.log(`[${shape}]: ${data.join(" ")}`);
