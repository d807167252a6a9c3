import { describe, expect, it } from "vitest";
import { expectClose } from "../testing/expect-close.ts";
import { wholeNumbers } from "../testing/random-array.ts";
import { openTestDevice } from "../testing/test-device.ts";
import { upload } from "../testing/upload.ts";
import { multiplyAddsReference, streamReference } from "./ceiling.reference.ts";
import { measureCeilings, multiplyAdds, stream } from "./ceiling.ts";

describe("the ceilings", () => {
  const device = openTestDevice();

  it.each([
    [1, 1, 0],
    [3, 2, 2 ** -4],
    [2, 5, 2 ** -24],
  ])("multiplies and adds in %i workgroups, %i rounds, by %d", async (groups, rounds, m) => {
    using scope = device().scope();
    const y = await device().read(multiplyAdds(scope, groups, rounds, m));
    // All terms are positive, so relative errors only add up: two roundings a turn, or one where it is fused.
    const relative = (2 * 32 * rounds + 16) * 2 ** -24;
    expectClose(y.data, multiplyAddsReference(groups * 64, rounds, m), { absolute: 0, relative });
  });

  it.each([
    [1, 1],
    [3, 5],
  ])("reads every number once: %i workgroups, %i rounds", async (groups, rounds) => {
    using scope = device().scope();
    const x = wholeNumbers([groups * rounds * 1024], 1);
    const { data } = await device().read(stream(scope, upload(scope, x), groups));
    expect(data).toEqual(streamReference(x.data, groups));
  });

  it("wants blocks that the workgroups read to the end", () => {
    using scope = device().scope();
    expect(() => stream(scope, scope.tensor([2000]), 2)).toThrow(
      "[ceiling] 2 workgroups read multiples of 2048 numbers, x has 2000.",
    );
  });

  it("are measured, and the device goes on as before", async () => {
    const { gflops, gigabytesPerSecond } = await measureCeilings(device());
    // A processor of 1990 was above these, and no device to come soon is above those.
    expect(gflops).toBeGreaterThan(0.01);
    expect(gflops).toBeLessThan(1e6);
    expect(gigabytesPerSecond).toBeGreaterThan(0.01);
    expect(gigabytesPerSecond).toBeLessThan(1e5);
    device().startProfiling();
    expect((await device().stopProfiling()).calls).toEqual([]);
  });
});
