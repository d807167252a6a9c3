/** A step that was handed over to the device; its results come when it is done. */
export interface HandedOver<T> {
  readonly samples: number;
  readonly results: Promise<T>;
}

/** Steps that may be on their way to the device while their results are not read yet. */
const STEPS_IN_FLIGHT = 2;
/** Those, and the one that is handed over before the first of them is waited for. */
export const STEPS_AT_ONCE = STEPS_IN_FLIGHT + 1;

export interface PipelineOptions {
  /** The first step. Default 0. */
  readonly from?: number;
  /** Whether each step's results are waited for before the next one begins. Default false. */
  readonly oneAtATime?: boolean;
}

/**
 * Runs steps one after the other, a few on their way at a time, so that the device need not wait for us; `done` gets
 * their results, in order. Where `start` gives nothing no more begin, and those on their way are finished. Where one
 * fails, the others are waited for, and the first error is thrown.
 * @param to the step before which it ends
 */
export async function pipeline<T>(
  to: number,
  start: (step: number) => Promise<HandedOver<T> | undefined>,
  done: (results: T, samples: number, step: number) => void | Promise<void>,
  { from = 0, oneAtATime = false }: PipelineOptions = {},
): Promise<void> {
  const waiting: HandedOver<T>[] = [];
  let finished = from;
  const finishFirst = async () => {
    const { samples, results } = waiting[0];
    await done(await results, samples, finished++);
    waiting.shift();
  };
  const most = oneAtATime ? 0 : STEPS_IN_FLIGHT;
  try {
    for (let step = from; step < to; step++) {
      const handedOver = await start(step);
      if (!handedOver) break;
      // It is awaited later: a failure before that is not an unhandled one.
      handedOver.results.catch(() => {});
      waiting.push(handedOver);
      if (waiting.length > most) await finishFirst();
    }
    while (waiting.length > 0) await finishFirst();
  } finally {
    await Promise.allSettled(waiting.map(({ results }) => results));
  }
}
