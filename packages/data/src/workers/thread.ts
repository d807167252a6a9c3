/** What a pool and its threads say to each other; Node's threads and a browser's differ in nothing else. */

/** To a thread. */
export interface Request {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** From a thread: `error` is a message. */
export type Response =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

export interface ThreadListener {
  hear(response: Response): void;
  /** The thread is of no use any more. */
  fail(reason: Error): void;
}

export interface Thread {
  send(request: Request): void;
  /** Whether somebody waits for it: a process in which nobody waits may end. */
  hold(isNeeded: boolean): void;
  end(): Promise<unknown>;
}

export type StartThread = (listener: ThreadListener) => Thread;

export const closedError = (): Error => new Error("[workers] closed before the work was done.");

/** Runs requests one after the other, in a thread. */
export function serve(
  jobs: Readonly<Record<string, (argument: never) => Promise<unknown>>>,
  reply: (response: Response, transfer: ArrayBuffer[]) => void,
): (request: Request) => void {
  let last: Promise<void> = Promise.resolve();
  const answer = async ({ id, name, argument }: Request): Promise<void> => {
    try {
      const value = await jobs[name](argument as never);
      reply({ id, value }, buffersOf(value));
    } catch (error) {
      reply({ id, error: error instanceof Error ? error.message : String(error) }, []);
    }
  };
  return (request) => {
    last = last.then(() => answer(request));
  };
}

/** The arrays of a result change hands instead of being copied, where they are all that lies in their buffer. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    const isWhole = value.byteLength === value.buffer.byteLength;
    return isWhole && value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return [...new Set(Object.values(value).flatMap(buffersOf))];
}
