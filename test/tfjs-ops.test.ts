import { checkForward } from "./check-operation.ts";
import { operationReason } from "./operations.ts";
import { describeVectors } from "./vectors.ts";

const counts = `
core others
 174     47  ran
  72      0  no such op: abs 2, div 7, exp 2, log 2, mul 6, neg 2, reduce_mean 9, reduce_sum 13, sqrt 2,
               square 4, sub 8, transpose 15
  20      0  matmul: a batch of second factors (dense has one matrix)
  12      0  no such activation: elu 4, leakyrelu 6, relu6 2
   2      0  dropout: ours draws its own mask
   0    442  no such op: abs 4, add_n 5, argmax 14, batch_norm 20, clip 6, concat 31, conv1d 22,
               conv2d_transpose 6, depthwise_conv2d 58, div 8, elu 7, exp 2, expand_dims 16, gelu 4,
               gelu_new 4, hard_sigmoid 3, identity 3, leaky_relu 4, log 3, log_softmax 10, mish 4, moments 11,
               mul 7, neg 2, one_hot 9, pad 34, pow 14, reduce_max 14, reduce_mean 3, reduce_min 11,
               reduce_sum 3, relu6 5, rsqrt 3, selu 6, separable_conv2d 12, softplus 8, softsign 3, sqrt 1,
               square 4, squeeze 13, step 6, sub 10, swish 4, tile 20, transpose 5
   0     46  no such layout: NCHW 46
   0      6  no such dtype: int32 6
`;

describeVectors("tfjs/ops", counts, (vector) => operationReason(vector.op, vector), checkForward);
