import { Callback, type Logs } from "./callback.ts";

/** Ends the training when the loss of a batch is no number, or infinite. */
export class TerminateOnNaN extends Callback {
  override onTrainBatchEnd(batch: number, { loss }: Logs): void {
    if (loss === undefined || Number.isFinite(loss)) return;
    this.params.output.write(`Batch ${batch}: Invalid loss, terminating training\n`);
    this.model.stopTraining = true;
  }
}
