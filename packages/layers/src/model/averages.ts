/** Means over the batches of an epoch, each batch weighing as many as it has samples. Summed in float64, as Keras does. */
export class Averages {
  readonly #names: readonly string[];
  readonly #sums: number[];
  #samples = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#sums = names.map(() => 0);
  }

  add(values: readonly number[], samples: number): void {
    values.forEach((value, i) => {
      this.#sums[i] += value * samples;
    });
    this.#samples += samples;
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
