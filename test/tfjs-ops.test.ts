import { checkForward } from "./check-operation.ts";
import { operationReason } from "./operations.ts";
import { describeVectors } from "./vectors.ts";

describeVectors("tfjs/ops", { ran: 0, leftOut: {} }, (vector) => operationReason(vector.op, vector), checkForward);
