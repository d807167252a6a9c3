import { checkForward } from "./check-operation.ts";
import { operationReason } from "./operations.ts";
import { describeVectors, type Vector } from "./vectors.ts";

const reason = (vector: Vector) => operationReason(vector.op, vector);

const node = `
core others
  81     46  ran
  15      0  no such op: abs 1, div 3, log 2, sqrt 2, transpose 7
   4      0  dropout: ours draws its own mask
   0    104  no such op: argmax 8, avg_pool1d 2, clip 9, conv1d_transpose 2, conv2d_transpose 18, identity 1,
               log_softmax 7, max_pool1d 2, mean2 1, onnx_adagrad 3, onnx_adam 3, onnx_momentum 4, pow 4,
               reduce_max 8, reduce_mean 8, reduce_min 8, reduce_sum 8, softmax_cross_entropy_sparse 8
   0     40  no such layout: NCHW 40
   0      7  flatten: from another axis than 1
   0      4  matmul: a batch of second factors (dense has one matrix)
   0      3  pad: of other axes than rows and columns, or not with zeros
   0      3  pooling: padding is counted
   0      2  pooling: a last window cut short
   0      2  softmax: over another axis than the last
`;

const pytorchConverted = `
core others
  14     18  ran
   0     27  no such op: conv1d 16, conv2d_transpose 4, log_softmax 3, max_pool1d 4
   0     19  no such layout: NCHW 19
`;

const pytorchOperator = `
core others
   6      4  ran
   2      0  no such op: sqrt 1, transpose 1
   0     10  no such op: clip 1, conv2d_transpose 2, max_pool1d 2, pow 1, reduce_mean 2, reduce_sum 2
   0      1  no such layout: NCHW 1
`;

describeVectors("onnx/node", node, reason, checkForward);
describeVectors("onnx/pytorch-converted", pytorchConverted, reason, checkForward);
describeVectors("onnx/pytorch-operator", pytorchOperator, reason, checkForward);
