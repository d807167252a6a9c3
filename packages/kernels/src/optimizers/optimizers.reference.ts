/** The updates in plain loops and float64, in place. */

export function rmspropReference(
  state: { parameter: Float64Array; accumulator: Float64Array; momentumBuffer?: Float64Array },
  gradient: ArrayLike<number>,
  options: { learningRate: number; rho: number; epsilon: number; momentum?: number },
): void {
  const { parameter, accumulator, momentumBuffer } = state;
  const { learningRate, rho, epsilon, momentum = 0 } = options;
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i];
    accumulator[i] = rho * accumulator[i] + (1 - rho) * g ** 2;
    let descent = (learningRate * g) / (Math.sqrt(accumulator[i]) + epsilon);
    if (momentumBuffer) {
      momentumBuffer[i] = momentum * momentumBuffer[i] + descent;
      descent = momentumBuffer[i];
    }
    parameter[i] -= descent;
  }
}

export function sgdReference(
  state: { parameter: Float64Array; velocity?: Float64Array },
  gradient: ArrayLike<number>,
  options: { learningRate: number; momentum?: number; nesterov?: boolean },
): void {
  const { parameter, velocity } = state;
  const { learningRate, momentum = 0, nesterov = false } = options;
  for (let i = 0; i < parameter.length; i++) {
    const descent = learningRate * gradient[i];
    if (!velocity) {
      parameter[i] -= descent;
      continue;
    }
    velocity[i] = momentum * velocity[i] - descent;
    parameter[i] += nesterov ? momentum * velocity[i] - descent : velocity[i];
  }
}

export function adamReference(
  state: { parameter: Float64Array; m: Float64Array; v: Float64Array; vHat?: Float64Array },
  gradient: ArrayLike<number>,
  options: { learningRate: number; beta1: number; beta2: number; epsilon: number; t: number },
): void {
  const { parameter, m, v, vHat } = state;
  const { learningRate, beta1, beta2, epsilon, t } = options;
  const correctedRate = (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i];
    m[i] = beta1 * m[i] + (1 - beta1) * g;
    v[i] = beta2 * v[i] + (1 - beta2) * g ** 2;
    let divisor = v[i];
    if (vHat) {
      vHat[i] = Math.max(vHat[i], v[i]);
      divisor = vHat[i];
    }
    parameter[i] -= (correctedRate * m[i]) / (Math.sqrt(divisor) + epsilon);
  }
}
