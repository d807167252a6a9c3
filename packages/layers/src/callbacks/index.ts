export { Callback, type CallbackParams, type Logs, type PredictBatchLogs } from "./callback.ts";
export { LambdaCallback, type LambdaCallbackOptions } from "./lambda-callback.ts";
