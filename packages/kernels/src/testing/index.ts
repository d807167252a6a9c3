export { expectClose, type Tolerance } from "./expect-close.ts";
export { randomArray, wholeNumbers } from "./random-array.ts";
export { kernelChoices, openTestDevice, testedVariants } from "./test-device.ts";
export { grad, tfjs } from "./tfjs.ts";
export { upload } from "./upload.ts";
