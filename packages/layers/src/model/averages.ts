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

  values(): Record<string, number> {
    return Object.fromEntries(this.#names.map((name, i) => [name, this.#sums[i] / this.#samples]));
  }
}
