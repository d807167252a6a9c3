import type { Op } from "@convscope/autograd";
import { gradientCheck } from "@convscope/autograd/gradient-check";
import { addForward, Device, reluBackward, reluForward } from "@convscope/kernels";

/** y = x + max(x, 0). */
const bend: Op = {
  name: "bend",
  inputs: ["x"],
  forward(scope, [x]) {
    const positive = reluForward(scope, x);
    return { y: addForward(scope, x, positive), saved: undefined };
  },
  backward(scope, dy, { inputs: [x] }) {
    return [addForward(scope, dy, reluBackward(scope, x, dy))];
  },
};

using device = await Device.open();
const { derivatives, failures } = await gradientCheck(device, {
  name: "bend",
  inputs: [{ name: "x", shape: [2, 2], data: Float32Array.of(1, -2, 3, -4) }],
  record: (tape, [x]) => tape.apply(bend, [x], undefined),
});
console.log(`${derivatives.length} derivatives, ${failures.length} of them wrong`);
