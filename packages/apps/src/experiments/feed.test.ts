import { describe, expect, it } from "vitest";
import { Feed, waitingLine } from "./feed.ts";

const batch = { x: { shape: [1, 1], data: new Float32Array(1) } };

describe("Feed", () => {
  it("hands batches on and counts how long each was waited for, the first apart", async () => {
    let turn = 0;
    const slow = {
      length: 3,
      next: async () => {
        await new Promise((resolve) => setTimeout(resolve, turn++ === 0 ? 60 : 5));
        return { done: false as const, value: batch };
      },
    };
    const feed = new Feed(slow, new AbortController().signal);
    expect(feed.length).toBe(3);
    for (let i = 0; i < 3; i++) expect((await feed.next()).value).toBe(batch);
    const { firstMilliseconds, milliseconds, batches } = feed.waiting;
    expect(batches).toBe(3);
    expect(firstMilliseconds).toBeGreaterThan(50); // a timer may come a little early, and ever so late
    expect(milliseconds).toBeGreaterThan(5);
  });

  it("throws the signal's reason", async () => {
    const controller = new AbortController();
    const feed = new Feed(
      { length: 1, next: async () => ({ done: false, value: batch }) },
      controller.signal,
    );
    await feed.next();
    controller.abort(new Error("stop"));
    await expect(feed.next()).rejects.toThrow("stop");
  });
});

it("waitingLine says it in words", () => {
  expect(waitingLine({ firstMilliseconds: 840, milliseconds: 1260, batches: 400 }, 900)).toBe(
    "Waited for pictures: 0.8 s for the first batch, 1.3 s for the other 399 (0.1 % of the time).",
  );
});
