import { appendToLog, beginLog, readLog } from "#log-files";
import { checkOptions } from "../options.ts";
import { formatNumber } from "../python-format.ts";
import { Callback, type Logs } from "./callback.ts";

export interface CSVLoggerOptions {
  readonly filename: string;
  /** Between the values. Default a comma. */
  readonly separator?: string;
  /** Go on with a file that is there, without a second header. Default false: it is replaced. */
  readonly append?: boolean;
}

/** Writes a row of values after each epoch: `epoch`, counted from 0, then the others in the order of their names. */
export class CSVLogger extends Callback {
  readonly #options: Required<CSVLoggerOptions>;
  #columns: readonly string[] | undefined;

  constructor(options: CSVLoggerOptions) {
    super();
    checkOptions("CSVLogger", options, { filename: true, separator: true, append: true });
    const { filename, separator = ",", append = false } = options;
    if (typeof filename !== "string")
      throw new Error('[CSVLogger] needs a filename: { filename: "log.csv" }.');
    this.#options = { filename, separator, append };
  }

  override async onTrainBegin(): Promise<void> {
    const { filename, separator, append } = this.#options;
    const before = append ? await readLog("CSVLogger", filename) : "";
    // Rows that are added belong under the header that is there.
    const [header] = before.split(/\r?\n/, 1);
    this.#columns = header ? header.split(separator).slice(1) : undefined;
    if (before === "") await beginLog("CSVLogger", filename);
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    let text = "";
    if (!this.#columns) {
      this.#columns = Object.keys(logs).sort();
      text = this.#row(["epoch", ...this.#columns]);
    }
    const values = this.#columns.map((name) => (name in logs ? formatNumber(logs[name]) : "NA"));
    await appendToLog("CSVLogger", this.#options.filename, text + this.#row([String(epoch), ...values]));
  }

  #row(cells: readonly string[]): string {
    return `${cells.join(this.#options.separator)}\r\n`;
  }
}
