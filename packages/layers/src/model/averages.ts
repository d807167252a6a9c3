/** What averages are made from: plain data. */
export interface Sums {
  /** Of the values, each times the samples of its batch. */
  readonly sums: readonly number[];
  readonly samples: number;
}

/** Means over the batches of an epoch, each batch weighing as many as it has samples. Summed in float64, as Keras does. */
export class Averages {
  readonly #names: readonly string[];
  readonly #sums: number[];
  #samples: number;

  /** @param before the sums of the epoch's batches so far. Default: none */
  constructor(names: readonly string[], before?: Sums) {
    this.#names = names;
    this.#sums = before ? [...before.sums] : names.map(() => 0);
    this.#samples = before?.samples ?? 0;
  }

  add(values: readonly number[], samples: number): void {
    values.forEach((value, i) => {
      this.#sums[i] += value * samples;
    });
    this.#samples += samples;
  }

  get sums(): Sums {
    return { sums: [...this.#sums], samples: this.#samples };
  }

  /** In the order of the names. */
  values(): number[] {
    return this.#sums.map((sum) => sum / this.#samples);
  }

  /** By name; `prefix` goes before each. */
  logs(prefix = ""): Record<string, number> {
    const values = this.values();
    return Object.fromEntries(this.#names.map((name, i) => [prefix + name, values[i]]));
  }
}
