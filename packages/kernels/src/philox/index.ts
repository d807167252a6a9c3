export { philox4x32, uniformFromWord, type Words4 } from "./philox.ts";
export { keyFromSeed, type Purpose, purposes, RandomStream } from "./random-stream.ts";
