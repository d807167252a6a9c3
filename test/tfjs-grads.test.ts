import { checkGradients, opOfGradient } from "./check-operation.ts";
import { operationReason } from "./operations.ts";
import { describeVectors } from "./vectors.ts";

describeVectors(
  "tfjs/grads",
  { ran: 0, leftOut: {} },
  (vector) => operationReason(opOfGradient(vector), vector),
  checkGradients,
);
