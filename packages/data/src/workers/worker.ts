// The program of a worker thread: runs the jobs it is sent, one after the other.
import { parentPort } from "node:worker_threads";
import { messageOf } from "../image/image-error.ts";
import { jobs, type Request, type Response } from "./jobs.ts";

const port = parentPort!;
let last: Promise<void> = Promise.resolve();

port.on("message", (request: Request) => {
  last = last.then(() => answer(request));
});

async function answer({ id, name, argument }: Request): Promise<void> {
  try {
    const job = jobs[name] as (argument: unknown) => Promise<unknown>;
    const value = await job(argument);
    port.postMessage({ id, value } satisfies Response, buffersOf(value));
  } catch (error) {
    port.postMessage({ id, error: messageOf(error) } satisfies Response);
  }
}

/** A picture's bytes change hands instead of being copied, where the picture is all that lies in their buffer. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const data = (value as { data?: unknown } | undefined)?.data;
  const isWhole = data instanceof Uint8Array && data.byteLength === data.buffer.byteLength;
  return isWhole && data.buffer instanceof ArrayBuffer ? [data.buffer] : [];
}
