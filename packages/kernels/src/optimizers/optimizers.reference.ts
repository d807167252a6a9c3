/** The updates in plain loops and float64, in place. */

export function rmspropReference(
  state: {
    parameter: Float64Array;
    accumulator: Float64Array;
    momentumBuffer?: Float64Array;
    meanGradient?: Float64Array;
  },
  gradient: ArrayLike<number>,
  options: { learningRate: number; rho: number; epsilon: number; momentum?: number },
): void {
  const { parameter, accumulator, momentumBuffer, meanGradient } = state;
  const { learningRate, rho, epsilon, momentum = 0 } = options;
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i];
    accumulator[i] = rho * accumulator[i] + (1 - rho) * g ** 2;
    let divisor = Math.sqrt(accumulator[i]) + epsilon;
    if (meanGradient) {
      meanGradient[i] = rho * meanGradient[i] + (1 - rho) * g;
      divisor = Math.sqrt(accumulator[i] - meanGradient[i] ** 2 + epsilon);
    }
    let descent = (learningRate * g) / divisor;
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

export function adagradReference(
  { parameter, accumulator }: Record<"parameter" | "accumulator", Float64Array>,
  gradient: ArrayLike<number>,
  { learningRate, epsilon }: { learningRate: number; epsilon: number },
): void {
  for (let i = 0; i < parameter.length; i++) {
    accumulator[i] += gradient[i] ** 2;
    parameter[i] -= (learningRate * gradient[i]) / (Math.sqrt(accumulator[i]) + epsilon);
  }
}

export function adadeltaReference(
  state: Record<"parameter" | "accumulator" | "deltaAccumulator", Float64Array>,
  gradient: ArrayLike<number>,
  { learningRate, rho, epsilon }: { learningRate: number; rho: number; epsilon: number },
): void {
  const { parameter, accumulator, deltaAccumulator } = state;
  for (let i = 0; i < parameter.length; i++) {
    accumulator[i] = rho * accumulator[i] + (1 - rho) * gradient[i] ** 2;
    const update =
      (gradient[i] * Math.sqrt(deltaAccumulator[i] + epsilon)) / Math.sqrt(accumulator[i] + epsilon);
    parameter[i] -= learningRate * update;
    deltaAccumulator[i] = rho * deltaAccumulator[i] + (1 - rho) * update ** 2;
  }
}

export function adamaxReference(
  { parameter, m, u }: Record<"parameter" | "m" | "u", Float64Array>,
  gradient: ArrayLike<number>,
  options: { learningRate: number; beta1: number; beta2: number; epsilon: number; t: number },
): void {
  const { learningRate, beta1, beta2, epsilon, t } = options;
  for (let i = 0; i < parameter.length; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
    u[i] = Math.max(beta2 * u[i], Math.abs(gradient[i]));
    parameter[i] -= ((learningRate / (1 - beta1 ** t)) * m[i]) / (u[i] + epsilon);
  }
}

/** Written as Keras has it, with the corrected moments by themselves. @param schedule μ₁·μ₂·… up to the step before */
export function nadamReference(
  { parameter, m, v }: Record<"parameter" | "m" | "v", Float64Array>,
  gradient: ArrayLike<number>,
  options: {
    learningRate: number;
    beta1: number;
    beta2: number;
    epsilon: number;
    t: number;
    scheduleDecay: number;
    momentumProduct: number;
  },
): void {
  const { learningRate, beta1, beta2, epsilon, t, scheduleDecay, momentumProduct } = options;
  const cache = beta1 * (1 - 0.5 * 0.96 ** (t * scheduleDecay));
  const nextCache = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * scheduleDecay));
  const schedule = momentumProduct * cache;
  for (let i = 0; i < parameter.length; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
    v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] ** 2;
    const gPrime = gradient[i] / (1 - schedule);
    const mPrime = m[i] / (1 - schedule * nextCache);
    const vPrime = v[i] / (1 - beta2 ** t);
    const mBar = (1 - cache) * gPrime + nextCache * mPrime;
    parameter[i] -= (learningRate * mBar) / (Math.sqrt(vPrime) + epsilon);
  }
}
