export type { AnyOp, Gradients, LossOp, Op, Recorded } from "./op.ts";
export { type OpName, ops } from "./ops/index.ts";
export { type Entry, Tape } from "./tape.ts";
export type { Parameter, Variable } from "./variable.ts";
