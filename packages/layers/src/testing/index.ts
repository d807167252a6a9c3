export { collectOutput, withoutTimes } from "./collect-output.ts";
export { Sum } from "./sum.ts";
export { array, batches, endless, toyPictures } from "./toy-data.ts";
