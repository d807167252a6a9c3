/**
 * What `fit` gives back: the values of every epoch, as Keras's `History`.
 *
 * `epoch` is `[0, 1, …]`; `history` has a list per value, such as `loss`, `acc`, `val_loss`, `val_acc`.
 */
export class History {
  readonly epoch: number[] = [];
  readonly history: Record<string, number[]> = {};

  /**
   * Adds the values of an epoch.
   * @param epoch counted from 0
   * @param logs name and value; a name that is new starts its list here
   */
  add(epoch: number, logs: Readonly<Record<string, number>>): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      this.history[name] ??= [];
      this.history[name].push(value);
    }
  }
}
