import { formatShape, type Tensor } from "../device/tensor.ts";

/** @throws where one of the tensors is not of the parameter's shape */
export function checkTensors(
  op: string,
  parameter: Tensor,
  others: Readonly<Record<string, Tensor | undefined>>,
): void {
  const wanted = formatShape(parameter.shape);
  for (const [name, tensor] of Object.entries(others)) {
    if (tensor && formatShape(tensor.shape) !== wanted) {
      throw new Error(
        `[${op}] ${name} is ${formatShape(tensor.shape)} and the parameter ${wanted}: both need the same shape.`,
      );
    }
  }
}
