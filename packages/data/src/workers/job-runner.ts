import { jobs } from "#jobs";
import { startThread, threadCount } from "#threads";
import { closedError, type StartThread } from "./thread.ts";
import { ThreadPool } from "./thread-pool.ts";

export type JobName = keyof typeof jobs;
export type JobArgument<Name extends JobName> = Parameters<(typeof jobs)[Name]>[0];
export type JobResult<Name extends JobName> = Awaited<ReturnType<(typeof jobs)[Name]>>;

/** Runs jobs, somewhere. Jobs start in the order in which they are asked for. */
export interface JobRunner {
  run<Name extends JobName>(name: Name, argument: JobArgument<Name>): Promise<JobResult<Name>>;
  /** Ends at once: what is not done is rejected. */
  close(): Promise<void>;
}

/** One core is left to the thread that trains. More than eight decoders have no reader that fast. */
export const defaultWorkerCount = (): number => Math.min(Math.max(threadCount() - 1, 1), 8);

/**
 * @param workers threads; 0 runs the jobs in this thread
 * @param start starts a thread; without it, as in a browser that was given none, all jobs run in this thread
 */
export function createJobRunner(workers: number, start: StartThread | undefined = startThread): JobRunner {
  return workers === 0 || start === undefined ? new ThisThread() : new ThreadPool(workers, start);
}

/**
 * Checks a number of workers that came from outside.
 * @param where the function that the message names
 */
export function checkWorkers(where: string, workers: number): void {
  if (!Number.isInteger(workers) || workers < 0 || workers > 256) {
    throw new Error(`[${where}] workers is ${workers}; a whole number of threads was needed, 0 for none.`);
  }
}

/** One job after the other, in this thread. */
class ThisThread implements JobRunner {
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  run<Name extends JobName>(name: Name, argument: JobArgument<Name>): Promise<JobResult<Name>> {
    const job = jobs[name] as (argument: JobArgument<Name>) => Promise<JobResult<Name>>;
    const result = this.#last.then(() => {
      if (this.#isClosed) throw closedError();
      return job(argument);
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }
}
