import { checkGradients, opOfGradient } from "./check-operation.ts";
import { operationReason } from "./operations.ts";
import { describeVectors } from "./vectors.ts";

const counts = `
core others
  49     53  ran
  15      0  no such op: abs 2, div 3, log 2, reduce_sum 2, sqrt 2, square 2, transpose 2
   6      0  matmul: a batch of second factors (dense has one matrix)
   0     87  no such op: abs 1, argmax 2, clip 5, conv1d 2, conv2d_transpose 5, div 6, log 2, log_softmax 1,
               one_hot 3, pow 9, reduce_max 15, reduce_mean 2, reduce_min 13, reduce_sum 2, rsqrt 4, sqrt 2,
               square 4, step 4, tile 5
   0      6  batch_norm: ours has no gradient of the mean and the variance
   0      5  pad: of other axes than rows and columns, or not with zeros
   0      2  no such layout: NCHW 2
   0      1  no such dtype: int32 1
`;

describeVectors(
  "tfjs/grads",
  counts,
  (vector) => operationReason(opOfGradient(vector), vector),
  checkGradients,
);
