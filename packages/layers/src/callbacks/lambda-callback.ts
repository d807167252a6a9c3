import { checkOptions, type OptionNames } from "../options.ts";
import { Callback, type Hook } from "./callback.ts";

/** A function for each hook that is needed. */
export type LambdaCallbackOptions = { readonly [Name in Hook]?: Callback[Name] };

const hooks: OptionNames<LambdaCallbackOptions> = {
  onTrainBegin: true,
  onTrainEnd: true,
  onEpochBegin: true,
  onEpochEnd: true,
  onTrainBatchBegin: true,
  onTrainBatchEnd: true,
  onTestBegin: true,
  onTestEnd: true,
  onTestBatchBegin: true,
  onTestBatchEnd: true,
  onPredictBegin: true,
  onPredictEnd: true,
  onPredictBatchBegin: true,
  onPredictBatchEnd: true,
};

/** A callback of functions: `new LambdaCallback({ onEpochEnd: (epoch, { loss }) => … })`. */
export class LambdaCallback extends Callback {
  constructor(functions: LambdaCallbackOptions) {
    super();
    // Those that are not given must not hide the base's: see `hasBatchHooks`.
    for (const [name, hook] of Object.entries(checkOptions("LambdaCallback", functions, hooks))) {
      if (hook) Object.assign(this, { [name]: hook });
    }
  }
}
