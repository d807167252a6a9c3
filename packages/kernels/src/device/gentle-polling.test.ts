import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { tanhForward } from "../tanh/tanh.ts";
import { openTestDevice } from "../testing/test-device.ts";
import { isPolling, stayHot } from "./gentle-polling.ts";

/** Counts Dawn's polls, under what the device puts in place when it opens. */
let polls = 0;
for (const name of ["setImmediate", "setTimeout"] as const) {
  const original = globalThis[name] as (...args: unknown[]) => unknown;
  const counting = (...args: unknown[]) => {
    if (isPolling(args[0])) polls++;
    return original(...args);
  };
  Object.assign(globalThis, { [name]: Object.assign(counting, original) });
}

describe("gentle polling", () => {
  const device = openTestDevice();

  it("knows Dawn's own callback by its looks, and takes none of Node's for it", async () => {
    const { setImmediate } = globalThis;
    const callbacks: unknown[] = [];
    globalThis.setImmediate = ((callback: () => void) => {
      callbacks.push(callback);
      return setImmediate(callback);
    }) as typeof setImmediate;
    try {
      await device().read(device().tensor([1]));
    } finally {
      globalThis.setImmediate = setImmediate;
    }
    expect(callbacks.length).toBeGreaterThan(0);
    expect(callbacks.every(isPolling)).toBe(true);
    await new Promise((resolve) => {
      expect(isPolling(resolve)).toBe(false);
      resolve(undefined);
    });
    for (const other of [() => {}, function named() {}, Math.max, process.nextTick, {}.toString.bind({})]) {
      expect(isPolling(other)).toBe(false);
    }
  });

  it("leaves setImmediate as it was for everyone else", async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      setImmediate((word: string) => order.push(word), "first");
      clearImmediate(setImmediate(() => order.push("never")));
      setImmediate(() => {
        order.push("second");
        resolve();
      });
    });
    expect(order).toEqual(["first", "second"]);
    expect(await promisify(setImmediate)("value")).toBe("value");
  });

  it("polls seldom in a long wait, unless it is told to stay hot", async () => {
    using scope = device().scope();
    const x = device().tensor([1 << 22]);
    const pollsOfWork = async () => {
      const before = polls;
      for (let i = 0; i < 2; i++) tanhForward(scope, x);
      await device().idle();
      return polls - before;
    };
    await pollsOfWork(); // the kernel is compiled
    const gentle = await pollsOfWork();
    const coolDown = stayHot();
    const hot = await pollsOfWork();
    coolDown();
    expect(gentle).toBeGreaterThan(0);
    // Once a millisecond, against some two hundred times.
    expect(hot).toBeGreaterThan(10 * gentle);
  });
});
