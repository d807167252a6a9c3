import type { StartThread } from "./thread.ts";

export const threadCount = (): number => navigator.hardwareConcurrency ?? 1;

/** Only a page knows the address of a worker's program, which its bundler has made: it must start them. */
export const startThread: StartThread | undefined = undefined;

/**
 * Threads of a page.
 * @param makeWorker makes a worker that runs `@convscope/data/worker`
 */
export const webThreads =
  (makeWorker: () => Worker): StartThread =>
  ({ hear, fail }) => {
    const worker = makeWorker();
    worker.onmessage = ({ data }) => hear(data);
    worker.onerror = ({ message }) => fail(new Error(`[workers] a worker failed: ${message}`));
    return {
      send: (request) => worker.postMessage(request),
      hold() {},
      end: async () => worker.terminate(),
    };
  };
