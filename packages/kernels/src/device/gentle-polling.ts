/**
 * Dawn in Node learns that a GPU promise is settled by polling: while one is pending it calls `setImmediate` again and
 * again, about 200,000 times a second, a whole core, which a software device would rather compute with. So Dawn's own
 * callbacks (native functions, no one else's) are put off: hot for the first quarter of a millisecond after work was
 * handed over, then once a millisecond.
 */

const HOT_MILLISECONDS = 0.25;
const COLD_MILLISECONDS = 1;

let hotUntil = 0;
let installed = false;

/** Says that work was just handed to the device: its promises may be settled soon. */
export function pollHot(): void {
  hotUntil = performance.now() + HOT_MILLISECONDS;
}

const isNative = (callback: unknown) =>
  typeof callback === "function" && Function.prototype.toString.call(callback).includes("[native code]");

/** Puts the back-off in place, once for the process. */
export function waitGently(): void {
  if (installed) return;
  installed = true;
  const setImmediateNow = globalThis.setImmediate;
  const gentle = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    performance.now() < hotUntil || callback.name !== "" || !isNative(callback)
      ? setImmediateNow(callback, ...args)
      : setTimeout(callback, COLD_MILLISECONDS, ...args);
  globalThis.setImmediate = Object.assign(gentle, setImmediateNow) as unknown as typeof setImmediate;
}
