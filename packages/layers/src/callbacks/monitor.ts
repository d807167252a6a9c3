import { checkChoice } from "../options.ts";
import type { Logs } from "./callback.ts";

export type MonitorMode = "auto" | "min" | "max";

export interface MonitorOptions {
  /** The name of the value that is watched. Default `val_loss`. */
  readonly monitor?: string;
  /** Whether less is better, or more. Default `auto`: more, where the name holds `acc`. */
  readonly mode?: MonitorMode;
}

/** A value of the logs that is to become less, or more. */
export class Monitor {
  readonly name: string;
  readonly isMax: boolean;
  readonly #missed = new Set<string>();

  /** @param isMaxToo further names that are to become more by themselves */
  constructor(
    where: string,
    { monitor = "val_loss", mode = "auto" }: MonitorOptions,
    isMaxToo: (name: string) => boolean = () => false,
  ) {
    checkChoice(where, "mode", mode, ["auto", "min", "max"]);
    this.name = monitor;
    this.isMax = mode === "max" || (mode === "auto" && (monitor.includes("acc") || isMaxToo(monitor)));
  }

  /** What any value is better than. */
  get worst(): number {
    return this.isMax ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  isBetter(value: number, best: number): boolean {
    return this.isMax ? value > best : value < best;
  }

  /** A value that is better by so much. */
  better(value: number, delta: number): number {
    return this.isMax ? value + delta : value - delta;
  }

  /** The value, where it is there; else warns, once. */
  in(logs: Logs, warning: (available: string) => string): number | undefined {
    const value = logs[this.name];
    if (value !== undefined) return value;
    const text = warning(Object.keys(logs).join(","));
    if (!this.#missed.has(text)) console.warn(text);
    this.#missed.add(text);
    return undefined;
  }
}
