import { formatExponential, formatFixed } from "./python-format.ts";

export interface ProgressOptions {
  /** How many steps (or samples) the epoch has, above 0. */
  target: number;
  /** How many of them are done already, by an earlier run. Default 0. */
  from?: number;
  /** 0: silent. 1: the bar. 2: one line when the epoch is done. */
  verbose: 0 | 1 | 2;
  /** Whether `write` goes to a terminal, which lets the bar be redrawn. Elsewhere only its last state is written. */
  isTerminal: boolean;
  /** Takes the text; line ends are in it. */
  write: (text: string) => void;
  /** The time in milliseconds, from any start (`performance.now`). */
  now?: () => number;
  /**
   * The word after the time per unit ("step"). Keras 2 prints `step` even where `fit` on arrays counts samples;
   * tf.keras 2.0 prints `sample` there.
   */
  unit?: "step" | "sample";
}

const BAR_WIDTH = 30;
const REFRESH_MILLISECONDS = 50;

/** `Epoch 1/15`, the line before an epoch's progress, for `verbose` 1 and 2. */
export function epochTitle(epoch: number, epochs: number): string {
  return `Epoch ${epoch + 1}/${epochs}\n`;
}

/**
 * The progress of one epoch as Keras 2 prints it:
 *
 * ```
 *  42/100 [===========>..................] - ETA: 3:36 - loss: 0.6903 - acc: 0.5322
 * 100/100 [==============================] - 373s 4s/step - loss: 0.6903 - acc: 0.5322 - val_loss: 0.6729 - val_acc: 0.6003
 * ```
 *
 * Time counts from the construction. Source: Keras 2.2.4, utils/generic_utils.py (`Progbar`). Two deviations: the
 * values given are shown as they are (Keras averages them once more), and what is no terminal gets the last line only.
 */
export class Progress {
  readonly #target: number;
  readonly #from: number;
  readonly #verbose: 0 | 1 | 2;
  readonly #isTerminal: boolean;
  readonly #write: (text: string) => void;
  readonly #now: () => number;
  readonly #unit: "step" | "sample";
  readonly #start: number;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawnLength = 0;

  /** @throws for a target that is no whole number above 0 */
  constructor(options: ProgressOptions) {
    const {
      target,
      from = 0,
      verbose,
      isTerminal,
      write,
      now = () => performance.now(),
      unit = "step",
    } = options;
    if (!Number.isSafeInteger(target) || target < 1) {
      throw new Error(
        `[progress] target is ${target}, but must be a whole number above 0: give the number of ${unit}s.`,
      );
    }
    this.#target = target;
    this.#from = from;
    this.#verbose = verbose;
    this.#isTerminal = isTerminal;
    this.#write = write;
    this.#now = now;
    this.#unit = unit;
    this.#start = now();
  }

  /** Says on a terminal, where the bar will be, what is done before it. */
  note(text: string): void {
    if (this.#verbose !== 1 || !this.#isTerminal) return;
    this.#write(`\r${text.padEnd(this.#drawnLength)}`);
    this.#drawnLength = text.length;
  }

  /**
   * Shows how far the epoch is. Call it with `target` once, at the end of the epoch, when the validation values are
   * there too: that writes the last state and ends the line.
   * @param current steps (or samples) done, at most `target`
   * @param values name and mean over the epoch so far, in the order to print: loss, acc, val_loss, val_acc
   * @param done whether this is the last state, also of an epoch that is left early
   */
  update(
    current: number,
    values: Readonly<Record<string, number>> = {},
    done: boolean = current >= this.#target,
  ): void {
    if (this.#verbose === 0) return;
    if (!done && (this.#verbose === 2 || !this.#isTerminal)) return;

    const now = this.#now();
    if (!done && now - this.#drawnAt < REFRESH_MILLISECONDS) return;
    this.#drawnAt = now;

    const seconds = (now - this.#start) / 1000;
    if (this.#verbose === 2) {
      this.#write(` - ${formatFixed(seconds, 0)}s${formatValues(values)}\n`);
      return;
    }
    const perUnit = current > this.#from ? seconds / (current - this.#from) : 0;
    const time = done
      ? `${formatFixed(seconds, 0)}s ${formatPerUnit(perUnit)}/${this.#unit}`
      : `ETA: ${formatEta(perUnit * (this.#target - current))}`;
    const line = `${formatBar(current, this.#target)} - ${time}${formatValues(values)}`;
    // Spaces wipe what is left of a longer line before.
    this.#write(`${this.#isTerminal ? "\r" : ""}${line.padEnd(this.#drawnLength)}${done ? "\n" : ""}`);
    this.#drawnLength = done ? 0 : line.length;
  }

  /** Ends a line that was begun, where there will be no last state. */
  close(): void {
    if (this.#drawnLength > 0) this.#write("\n");
    this.#drawnLength = 0;
  }
}

function formatBar(current: number, target: number): string {
  const filled = Math.trunc(BAR_WIDTH * Math.min(1, current / target));
  const head = current < target ? ">" : "=";
  const bar = filled > 0 ? "=".repeat(filled - 1) + head : "";
  return `${String(current).padStart(String(target).length)}/${target} [${bar.padEnd(BAR_WIDTH, ".")}]`;
}

function formatEta(seconds: number): string {
  const two = (value: number) => String(Math.trunc(value)).padStart(2, "0");
  if (seconds > 3600) {
    return `${Math.trunc(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  }
  return seconds > 60 ? `${Math.trunc(seconds / 60)}:${two(seconds % 60)}` : `${Math.trunc(seconds)}s`;
}

function formatPerUnit(seconds: number): string {
  if (seconds >= 1) return `${formatFixed(seconds, 0)}s`;
  if (seconds >= 1e-3) return `${formatFixed(seconds * 1e3, 0)}ms`;
  return `${formatFixed(seconds * 1e6, 0)}us`;
}

function formatValues(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` - ${name}: ${formatValue(value)}`)
    .join("");
}

function formatValue(value: number): string {
  return Math.abs(value) > 1e-3 ? formatFixed(value, 4) : formatExponential(value, 4);
}
