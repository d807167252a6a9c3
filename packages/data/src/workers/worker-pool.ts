import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type JobArgument, type JobName, type JobResult, jobs, type Request, type Response } from "./jobs.ts";

/** Runs jobs, somewhere. Jobs start in the order in which they are asked for. */
export interface JobRunner {
  run<Name extends JobName>(name: Name, argument: JobArgument<Name>): Promise<JobResult<Name>>;
  /** Ends at once: what is not done is rejected. */
  close(): Promise<void>;
}

/** One core is left to the thread that trains. More than eight decoders have no reader that fast. */
export const defaultWorkerCount = (): number => Math.min(Math.max(availableParallelism() - 1, 1), 8);

/** @param workers threads; 0 runs the jobs in this thread */
export function createJobRunner(workers: number): JobRunner {
  return workers === 0 ? new ThisThread() : new WorkerPool(workers);
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

const closedError = (): Error => new Error("[workers] closed before the work was done.");

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

/** A job that somebody waits for. */
interface Task {
  readonly request: Request;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Jobs that a worker has at most: one it works on, and one so that it need not wait for the next. */
const TASKS_PER_WORKER = 2;

/** A worker thread and what it was sent. */
interface Member {
  readonly worker: Worker;
  readonly tasks: Map<number, Task>;
}

/**
 * Worker threads with one queue. Threads start with the first job, and a pool at rest does not keep the process alive.
 */
class WorkerPool implements JobRunner {
  readonly #size: number;
  #members: Member[] = [];
  readonly #queue: Task[] = [];
  #nextId = 0;
  #failure: Error | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  run<Name extends JobName>(name: Name, argument: JobArgument<Name>): Promise<JobResult<Name>> {
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      const request = { id: this.#nextId++, name, argument };
      this.#queue.push({ request, resolve: resolve as (value: unknown) => void, reject });
      if (this.#members.length < this.#size) this.#members.push(this.#start());
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    await this.#end(closedError());
  }

  #start(): Member {
    const member: Member = { worker: new Worker(workerUrl(), { execArgv: [] }), tasks: new Map() };
    member.worker.unref();
    member.worker.on("message", (response: Response) => {
      const task = member.tasks.get(response.id)!;
      member.tasks.delete(response.id);
      if (member.tasks.size === 0) member.worker.unref();
      if ("error" in response) task.reject(new Error(response.error));
      else task.resolve(response.value);
      this.#dispatch();
    });
    member.worker.on("error", (error) => {
      this.#end(new Error(`[workers] a worker thread failed: ${error.message}`, { cause: error }));
    });
    member.worker.on("exit", (code) => {
      this.#end(new Error(`[workers] a worker thread ended unexpectedly (exit code ${code}).`));
    });
    return member;
  }

  /** Hands jobs to the workers that have the fewest. */
  #dispatch(): void {
    while (this.#queue.length > 0) {
      const [member] = this.#members.toSorted((a, b) => a.tasks.size - b.tasks.size);
      if (member === undefined || member.tasks.size >= TASKS_PER_WORKER) return;
      const task = this.#queue.shift()!;
      member.tasks.set(task.request.id, task);
      member.worker.ref();
      member.worker.postMessage(task.request);
    }
  }

  /** Rejects everything that is under way, and ends all threads. The first reason stays. */
  async #end(reason: Error): Promise<void> {
    this.#failure ??= reason;
    const members = this.#members;
    this.#members = [];
    const tasks = [...members.flatMap((member) => [...member.tasks.values()]), ...this.#queue.splice(0)];
    for (const task of tasks) task.reject(this.#failure);
    await Promise.all(members.map((member) => member.worker.terminate()));
  }
}

/** The sources run through tsx, built code as it is. */
function workerUrl(): URL {
  const isSource = new URL(import.meta.url).pathname.endsWith(".ts");
  return isSource
    ? new URL("./worker-from-source.mjs", import.meta.url)
    : new URL("./worker.js", import.meta.url);
}
