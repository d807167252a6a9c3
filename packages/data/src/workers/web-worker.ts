// The program of a browser's worker: runs the jobs it is sent, one after the other.
import { jobs } from "./picture-jobs.ts";
import { type Request, serve } from "./thread.ts";

const answer = serve(jobs, (response, transfer) => globalThis.postMessage(response, { transfer }));
globalThis.onmessage = ({ data }: MessageEvent<Request>) => answer(data);
