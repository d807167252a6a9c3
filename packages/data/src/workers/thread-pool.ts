import { closedError, type Request, type Response, type StartThread, type Thread } from "./thread.ts";

/** A job that somebody waits for. */
interface Task {
  readonly request: Request;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Jobs that a thread has at most: one it works on, and one so that it need not wait for the next. */
const TASKS_PER_THREAD = 2;

/** A thread and what it was sent. */
interface Member {
  readonly thread: Thread;
  readonly tasks: Map<number, Task>;
}

/** Threads with one queue. They start with the first jobs, and a pool at rest does not keep the process alive. */
export class ThreadPool {
  readonly #size: number;
  readonly #startThread: StartThread;
  #members: Member[] = [];
  readonly #queue: Task[] = [];
  #nextId = 0;
  #failure: Error | undefined;

  constructor(size: number, startThread: StartThread) {
    this.#size = size;
    this.#startThread = startThread;
  }

  run<Result>(name: string, argument: unknown): Promise<Result> {
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
    const tasks = new Map<number, Task>();
    const hear = (response: Response) => {
      if (this.#failure) return; // rejected already; and a thread that is ending keeps the process alive until it has
      const task = tasks.get(response.id)!;
      tasks.delete(response.id);
      if (tasks.size === 0) thread.hold(false);
      if ("error" in response) task.reject(new Error(response.error));
      else task.resolve(response.value);
      this.#dispatch();
    };
    const thread = this.#startThread({ hear, fail: (reason) => this.#end(reason) });
    thread.hold(false);
    return { thread, tasks };
  }

  /** Hands jobs to the threads that have the fewest. */
  #dispatch(): void {
    while (this.#queue.length > 0) {
      const [member] = this.#members.toSorted((a, b) => a.tasks.size - b.tasks.size);
      if (member === undefined || member.tasks.size >= TASKS_PER_THREAD) return;
      const task = this.#queue.shift()!;
      member.tasks.set(task.request.id, task);
      member.thread.hold(true);
      member.thread.send(task.request);
    }
  }

  /** Rejects everything that is under way, and ends all threads. The first reason stays. */
  async #end(reason: Error): Promise<void> {
    this.#failure ??= reason;
    const members = this.#members;
    this.#members = [];
    const tasks = [...members.flatMap((member) => [...member.tasks.values()]), ...this.#queue.splice(0)];
    for (const task of tasks) task.reject(this.#failure);
    await Promise.all(members.map(({ thread }) => thread.end()));
  }
}
