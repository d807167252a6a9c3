// Starts worker.ts where the sources run as they stand: a worker thread does not inherit the loader of the main thread.
// Built code starts worker.js itself.
import { register } from "tsx/esm/api";

register();
await import("./worker.ts");
