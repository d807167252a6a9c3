/** Where a model writes what Keras prints: progress, and what it says about a run. */
export interface Output {
  /** Takes text; line ends are in it. */
  write(text: string): void;
  /** Whether a line can be redrawn by `\r`. Where not, only its last state is written. */
  readonly isTerminal: boolean;
}

/** The process's standard output; the console in a browser, line by line. */
export function standardOutput(): Output {
  const stdout = globalThis.process?.stdout;
  if (stdout) return { write: (text) => void stdout.write(text), isTerminal: stdout.isTTY === true };
  let begun = "";
  return {
    isTerminal: false,
    write(text) {
      const lines = (begun + text).split("\n");
      begun = lines.pop() ?? "";
      for (const line of lines) console.log(line);
    },
  };
}
