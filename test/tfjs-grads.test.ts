import { checkGradients, opOfGradient } from "./check-operation.ts";
import { operationReason } from "./operations.ts";
import { describeVectors } from "./vectors.ts";

const counts = `
core others
  38     10  ran
  26      0  no such op: abs 2, div 3, exp 2, log 2, mul 3, neg 2, reduce_sum 2, sqrt 2, square 2, sub 4,
               transpose 2
   6      0  matmul: a batch of second factors (dense has one matrix)
   0    142  no such op: abs 1, argmax 2, batch_norm 12, clip 5, concat 5, conv1d 2, conv2d_transpose 5,
               depthwise_conv2d 5, div 6, elu 2, exp 2, leaky_relu 4, log 2, log_softmax 1, mul 5, neg 2,
               one_hot 3, pad 5, pow 9, reduce_max 15, reduce_mean 2, reduce_min 13, reduce_sum 2, relu6 2,
               rsqrt 4, selu 5, softplus 4, sqrt 2, square 4, step 4, sub 2, tile 5
   0      2  no such layout: NCHW 2
`;

describeVectors(
  "tfjs/grads",
  counts,
  (vector) => operationReason(opOfGradient(vector), vector),
  checkGradients,
);
