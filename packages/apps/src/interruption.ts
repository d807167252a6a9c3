/** What ends a program from outside, and the exit code that shells give it: 128 and the signal's number. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;
type Signal = keyof typeof exitCodes;
const signals = Object.keys(exitCodes) as Signal[];

/** npm hands Ctrl-C on to the program that the terminal has told already: no second wish. */
const ECHO_MILLISECONDS = 1000;

/** Ctrl-C, another program's wish that this one end, or nobody reading what it says any more. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;
  /** Whether there is somebody left who would read a message. */
  readonly isQuiet: boolean;

  constructor(signal: Signal) {
    super(`interrupted by ${signal}.`);
    this.exitCode = exitCodes[signal];
    this.isQuiet = signal === "SIGPIPE";
  }
}

/**
 * Does work that is to be tidied up after. A first SIGINT, SIGTERM, SIGHUP or SIGPIPE aborts the signal that it is
 * given, whose reason is an `Interrupted`; another one, later than an echo of the first, ends the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let since = 0;
  const interrupt = (name: NodeJS.Signals) => {
    const reason = new Interrupted(name as Signal);
    if (!controller.signal.aborted) {
      since = performance.now();
      if (!reason.isQuiet)
        process.stderr.write(`\nconvscope: ${name}: tidying up; once more ends at once.\n`);
      controller.abort(reason);
    } else if (!reason.isQuiet && performance.now() - since > ECHO_MILLISECONDS) {
      process.exit(reason.exitCode);
    }
  };
  for (const name of signals) process.on(name, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, interrupt);
  }
}

let areHeeded = false;

/** A closed pipe, as behind `| head`, interrupts what is under way, and ends the process where nothing is. */
export function heedClosedPipes(): void {
  if (areHeeded) return;
  areHeeded = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (!process.emit("SIGPIPE", "SIGPIPE")) process.exit(exitCodes.SIGPIPE);
    });
  }
}
