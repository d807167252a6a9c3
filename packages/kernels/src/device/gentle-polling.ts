/**
 * Dawn in Node learns that a GPU promise is settled by polling: while one is pending it calls `setImmediate` again and
 * again, about 200,000 times a second, a whole core, which a software device would rather compute with. So Dawn's own
 * callbacks are put off: hot for the first quarter of a millisecond after work was handed over, then once a
 * millisecond. Everyone else's are handed on as they are.
 */

const HOT_MILLISECONDS = 0.25;
const COLD_MILLISECONDS = 1;

let hotUntil = 0;
let hotHolders = 0;
let isInstalled = false;

/** Says that work was just handed to the device: its promises may be settled soon. */
export function pollHot(): void {
  hotUntil = performance.now() + HOT_MILLISECONDS;
}

/** Polls without back-off, where the moment itself is of interest. @returns what ends it */
export function stayHot(): () => void {
  hotHolders++;
  return () => {
    hotHolders--;
  };
}

/**
 * Is this the callback that Dawn polls with? A native function without name, without parameters, and with a prototype:
 * what tells it from the resolve function of `new Promise(setImmediate)`, which has one parameter and no prototype.
 */
export function isPolling(callback: unknown): boolean {
  return (
    typeof callback === "function" &&
    callback.name === "" &&
    callback.length === 0 &&
    Object.hasOwn(callback, "prototype") &&
    Function.prototype.toString.call(callback) === "function () { [native code] }"
  );
}

/** Puts the back-off in place, once for the process. */
export function waitGently(): void {
  if (isInstalled) return;
  isInstalled = true;
  const { setImmediate, setTimeout } = globalThis;
  const gentle = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    isPolling(callback) && hotHolders === 0 && performance.now() >= hotUntil
      ? setTimeout(callback, COLD_MILLISECONDS, ...args)
      : setImmediate(callback, ...args);
  // With its properties: `util.promisify` looks for one of them.
  globalThis.setImmediate = Object.assign(gentle, setImmediate) as unknown as typeof setImmediate;
}
