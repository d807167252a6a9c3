/** A step that was handed over to the device; its results come when it is done. */
export interface HandedOver<T> {
  readonly samples: number;
  readonly results: Promise<T>;
}

/** Steps that may be on their way to the device while their results are not read yet. */
const STEPS_IN_FLIGHT = 2;
/** Those, and the one that is handed over before the first of them is waited for. */
export const STEPS_AT_ONCE = STEPS_IN_FLIGHT + 1;

/**
 * Runs steps one after the other, a few on their way at a time, so that the device need not wait for us; `done` gets
 * their results, in order. Where one fails, the others are waited for, and the first error is thrown.
 */
export async function pipeline<T>(
  steps: number,
  start: (step: number) => Promise<HandedOver<T>>,
  done: (results: T, samples: number) => void,
): Promise<void> {
  const waiting: HandedOver<T>[] = [];
  const finishFirst = async () => {
    const { samples, results } = waiting[0];
    done(await results, samples);
    waiting.shift();
  };
  try {
    for (let step = 0; step < steps; step++) {
      const handedOver = await start(step);
      // It is awaited later: a failure before that is not an unhandled one.
      handedOver.results.catch(() => {});
      waiting.push(handedOver);
      if (waiting.length > STEPS_IN_FLIGHT) await finishFirst();
    }
    while (waiting.length > 0) await finishFirst();
  } finally {
    await Promise.allSettled(waiting.map(({ results }) => results));
  }
}
