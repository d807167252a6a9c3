import type { AnyModel } from "../model/base-model.ts";
import { typeName } from "../model/batch.ts";
import { Callback, type CallbackParams, type Hook, type HookArguments } from "./callback.ts";

/** What a run is: the hooks around its batches are named after it. */
export type Mode = "Train" | "Test" | "Predict";

type Hooks = { [Name in Hook]: (...given: HookArguments[Name]) => void | Promise<void> };

/** The callbacks of a run, called in order, each hook after the one before is done. */
export class CallbackList {
  readonly #callbacks: readonly Callback[];

  /** @throws for what is no callback */
  constructor(where: string, callbacks: readonly Callback[] = []) {
    const other = callbacks.find((callback) => !(callback instanceof Callback));
    if (other !== undefined) {
      throw new Error(
        `[${where}] callbacks holds ${typeName(other)}, must hold instances of Callback: ` +
          "new LambdaCallback({ onEpochEnd: … }) makes one of functions.",
      );
    }
    this.#callbacks = callbacks;
  }

  /** Tells each of them what runs. */
  begin(model: AnyModel, params: CallbackParams): this {
    for (const callback of this.#callbacks) Object.assign(callback, { model, params });
    return this;
  }

  async call<Name extends Hook>(name: Name, ...given: HookArguments[Name]): Promise<void> {
    for (const callback of this.#callbacks) {
      const hooks: Hooks = callback;
      await hooks[name](...given);
    }
  }

  /** Whether one of them looks at single batches: then these must run one at a time. */
  hasBatchHooks(mode: Mode): boolean {
    const hooks: Hook[] = [`on${mode}BatchBegin`, `on${mode}BatchEnd`];
    return this.#callbacks.some((callback) =>
      hooks.some((hook) => callback[hook] !== Callback.prototype[hook]),
    );
  }
}
