/** What `fit` gives back, as data. */
export interface TrainingHistory {
  /** The epochs, counted from 0. */
  readonly epoch: readonly number[];
  /** A list per value, one entry per epoch: loss, acc, val_loss, val_acc. */
  readonly history: Readonly<Record<string, readonly number[]>>;
}
