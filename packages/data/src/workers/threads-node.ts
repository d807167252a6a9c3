import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { StartThread } from "./thread.ts";

export const threadCount = availableParallelism;

export const startThread: StartThread | undefined = ({ hear, fail }) => {
  const worker = new Worker(workerUrl(), { execArgv: [] });
  worker.on("message", hear);
  worker.on("error", (error) => {
    fail(new Error(`[workers] a worker thread failed: ${error.message}`, { cause: error }));
  });
  worker.on("exit", (code) => {
    fail(new Error(`[workers] a worker thread ended unexpectedly (exit code ${code}).`));
  });
  return {
    send: (request) => worker.postMessage(request),
    hold(isNeeded) {
      if (isNeeded) worker.ref();
      else worker.unref();
    },
    end: () => worker.terminate(),
  };
};

/** The sources run through tsx, built code as it is. */
function workerUrl(): URL {
  const isSource = new URL(import.meta.url).pathname.endsWith(".ts");
  return isSource
    ? new URL("./worker-from-source.mjs", import.meta.url)
    : new URL("./worker.js", import.meta.url);
}
