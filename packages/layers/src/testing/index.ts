export { collectOutput, withoutTimes } from "./collect-output.ts";
export { array, batches, endless, toyPictures } from "./toy-data.ts";
