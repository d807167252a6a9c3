// The program of a worker thread: runs the jobs it is sent, one after the other.
import { parentPort } from "node:worker_threads";
import { jobs } from "./jobs.ts";
import { serve } from "./thread.ts";

const port = parentPort!;
port.on(
  "message",
  serve(jobs, (response, transfer) => port.postMessage(response, transfer)),
);
