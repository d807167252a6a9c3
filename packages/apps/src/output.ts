/**
 * Where a command's words go: standard output; with `--json` standard error, so that standard output holds one JSON
 * object and nothing else.
 */
export class Output {
  readonly isJson: boolean;
  readonly #stream: NodeJS.WriteStream;

  constructor(isJson: boolean) {
    this.isJson = isJson;
    this.#stream = isJson ? process.stderr : process.stdout;
  }

  /** Whether a line can be redrawn by `\r`. */
  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Writes text; line ends are in it. */
  write(text: string): void {
    this.#stream.write(text);
  }

  /** Writes a line. */
  say(line: string): void {
    this.write(`${line}\n`);
  }

  /** On a terminal: redraws the line that says how far things are; without text it goes. */
  progress(text = ""): void {
    if (this.isTerminal) this.write(`\r${text}\u001b[K`);
  }

  /** Writes the command's result for programs, where they asked for it. */
  result(result: object): void {
    if (this.isJson) process.stdout.write(jsonText(result));
  }
}

/** A value as the text of a JSON file. What is not finite becomes `null`, for JSON has no such numbers. */
export const jsonText = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
