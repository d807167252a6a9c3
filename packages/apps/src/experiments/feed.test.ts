import { describe, expect, it } from "vitest";
import { Feed, waitingLine } from "./feed.ts";

/** Three batches a pass; each holds its pass and its index. */
function numbered() {
  let number = 0;
  return {
    length: 3,
    async next() {
      const data = Float32Array.of(Math.floor(number / 3), number++ % 3);
      return { done: false as const, value: { x: { shape: [1, 2], data } } };
    },
    restore({ pass, index }: { pass: number; index: number }) {
      number = pass * 3 + index;
    },
  };
}

async function take(feed: Feed, count: number): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    const { x } = (await feed.next()).value;
    names.push([...x.data].join("."));
  }
  return names;
}

describe("Feed", () => {
  it("hands batches on and counts how long each was waited for, the first apart", async () => {
    let turn = 0;
    const batches = numbered();
    const slow = {
      ...batches,
      next: async () => {
        await new Promise((resolve) => setTimeout(resolve, turn++ === 0 ? 60 : 5));
        return batches.next();
      },
    };
    const feed = new Feed(slow);
    expect(feed.length).toBe(3);
    await take(feed, 3);
    const { firstMilliseconds, milliseconds, batches: count } = feed.waiting;
    expect(count).toBe(3);
    expect(firstMilliseconds).toBeGreaterThan(50); // a timer may come a little early, and ever so late
    expect(milliseconds).toBeGreaterThan(5);
  });

  it("goes on through the passes from anywhere", async () => {
    const feed = new Feed(numbered());
    expect(await take(feed, 5)).toEqual(["0.0", "0.1", "0.2", "1.0", "1.1"]);
    feed.seek(2);
    expect(await take(feed, 2)).toEqual(["0.2", "1.0"]);
  });

  it("begins anew after so many batches, fewer or more than a pass has", async () => {
    const two = new Feed(numbered(), 2);
    expect(await take(two, 5)).toEqual(["0.0", "0.1", "0.0", "0.1", "0.0"]);
    two.seek(3);
    expect(await take(two, 2)).toEqual(["0.1", "0.0"]);
    const four = new Feed(numbered(), 4);
    four.seek(4);
    expect(await take(four, 5)).toEqual(["0.0", "0.1", "0.2", "1.0", "0.0"]);
  });
});

it("waitingLine says it in words", () => {
  expect(waitingLine({ firstMilliseconds: 840, milliseconds: 1260, batches: 400 }, 900)).toBe(
    "Waited for pictures: 0.8 s for the first batch, 1.3 s for the other 399 (0.1 % of the time).",
  );
});
