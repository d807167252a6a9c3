import { checkForward } from "./check-operation.ts";
import { operationReason } from "./operations.ts";
import { describeVectors } from "./vectors.ts";

const counts = `
core others
 198    180  ran
  56      0  no such op: abs 2, div 7, exp 2, log 2, reduce_mean 9, reduce_sum 13, sqrt 2, square 4,
               transpose 15
  20      0  matmul: a batch of second factors (dense has one matrix)
   4      0  no such activation: elu 4
   2      0  dropout: ours draws its own mask
   0    254  no such op: abs 4, argmax 14, clip 6, conv1d 22, conv2d_transpose 6, div 8, elu 7, exp 2,
               expand_dims 16, gelu 4, gelu_new 4, hard_sigmoid 3, identity 3, log 3, log_softmax 10, mish 4,
               moments 11, one_hot 9, pow 14, reduce_max 14, reduce_mean 3, reduce_min 11, reduce_sum 3,
               rsqrt 3, selu 6, softplus 8, softsign 3, sqrt 1, square 4, squeeze 13, step 6, swish 4, tile 20,
               transpose 5
   0     58  no such layout: NCHW 58
   0     34  no such dtype: int32 34
   0     15  pad: of other axes than rows and columns, or not with zeros
`;

describeVectors("tfjs/ops", counts, (vector) => operationReason(vector.op, vector), checkForward);
