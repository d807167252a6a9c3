import { operationReason } from "./operations.ts";
import { describeVectors } from "./vectors.ts";
import { checkForward } from "./check-operation.ts";

const reason = (vector: Parameters<typeof checkForward>[1]) => operationReason(vector.op, vector);
describeVectors("onnx/node", { ran: 0, leftOut: {} }, reason, checkForward);
describeVectors("onnx/pytorch-converted", { ran: 0, leftOut: {} }, reason, checkForward);
describeVectors("onnx/pytorch-operator", { ran: 0, leftOut: {} }, reason, checkForward);
