import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { saveImg } from "../save-img.ts";
import { rejection, temporaryFolder } from "../testing/temporary-folder.ts";
import { createJobRunner } from "./worker-pool.ts";

const dot = (value: number) => ({ shape: [1, 1, 3] as const, data: Uint8Array.of(value, value, value) });

describe.each([0, 1, 2])("%i workers", (workers) => {
  it("do every job, answer each with its own result, and report a failure to the one who asked", async () => {
    const folder = await temporaryFolder();
    const paths = Array.from({ length: 12 }, (_, i) => join(folder, `${i}.png`));
    for (const [i, path] of paths.entries()) await saveImg(path, dot(i));
    const runner = createJobRunner(workers);
    const missing = runner.run("loadImg", { path: join(folder, "none.png"), options: {} });
    const images = paths.map((path) => runner.run("loadImg", { path, options: {} }));
    expect(await rejection(missing)).toBe(`[loadImg] ${join(folder, "none.png")} does not exist.`);
    expect((await Promise.all(images)).map(({ data }) => data[0])).toEqual(paths.map((_, i) => i));
    await runner.close();
  });

  it("end at once when closed: what is not done, and what is asked later, is rejected", async () => {
    const folder = await temporaryFolder();
    await saveImg(join(folder, "a.png"), dot(1));
    const runner = createJobRunner(workers);
    const jobs = Array.from({ length: 50 }, () =>
      rejection(runner.run("loadImg", { path: join(folder, "a.png"), options: {} })).catch(() => "done"),
    );
    await runner.close();
    const outcomes = await Promise.all(jobs);
    expect(outcomes.at(-1)).toBe("[workers] closed before the work was done.");
    const late = runner.run("loadImg", { path: join(folder, "a.png"), options: {} });
    expect(await rejection(late)).toBe("[workers] closed before the work was done.");
  });
});
