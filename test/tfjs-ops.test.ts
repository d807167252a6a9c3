import { checkForward } from "./check-operation.ts";
import { operationReason } from "./operations.ts";
import { describeVectors } from "./vectors.ts";

const counts = `
core others
 204    208  ran
  54      0  no such op: abs 2, div 7, log 2, reduce_mean 9, reduce_sum 13, sqrt 2, square 4, transpose 15
  20      0  matmul: a batch of second factors (dense has one matrix)
   2      0  dropout: ours draws its own mask
   0    225  no such op: abs 4, argmax 14, clip 6, conv1d 22, conv2d_transpose 6, div 8, expand_dims 16,
               gelu 4, gelu_new 4, identity 3, log 3, log_softmax 10, mish 4, moments 11, one_hot 9, pow 14,
               reduce_max 14, reduce_mean 3, reduce_min 11, reduce_sum 3, rsqrt 3, sqrt 1, square 4,
               squeeze 13, step 6, swish 4, tile 20, transpose 5
   0     58  no such layout: NCHW 58
   0     35  no such dtype: int32 35
   0     15  pad: of other axes than rows and columns, or not with zeros
`;

describeVectors("tfjs/ops", counts, (vector) => operationReason(vector.op, vector), checkForward);
