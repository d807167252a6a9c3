import { ops, Tape } from "@convscope/autograd";
import { Device } from "@convscope/kernels";

using device = await Device.open();
const images = device.tensor([4, 6, 6, 3], new Float32Array(4 * 6 * 6 * 3).fill(0.5));
const labels = device.tensor([4, 1], Float32Array.of(0, 1, 1, 0));
const filter = device.tensor([3, 3, 3, 8], new Float32Array(3 * 3 * 3 * 8).fill(0.01));
const weights = device.tensor([32, 1], new Float32Array(32).fill(0.1));

using tape = new Tape(device);
const f = tape.variable(filter, true); // needs a gradient
const w = tape.variable(weights, true);
const map = tape.apply(ops.conv2d, [tape.variable(images), f], { activation: "relu" });
const pooled = tape.apply(ops.maxPool2d, [map], { poolSize: 2, padding: "valid" });
const flat = tape.apply(ops.reshape, [pooled], { shape: [4, 32] });
const logits = tape.apply(ops.dense, [flat, w], {});
const loss = tape.apply(ops.binaryCrossentropyFromLogits, [logits, tape.variable(labels)], {});

const gradients = tape.backward(loss);
console.log(`${tape}`);
console.log(`the gradient of f: [${gradients.get(f)?.shape}]`);
