import { join } from "node:path";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { saveImg } from "../save-img.ts";
import type { ImageArray } from "../types.ts";
import { createJobRunner } from "./job-runner.ts";
import type { StartThread } from "./thread.ts";

const dot = (value: number): ImageArray => ({
  shape: [1, 1, 3],
  data: Uint8Array.of(value, value, value),
});

describe.each([0, 1, 2])("%i workers", (workers) => {
  const job = (location: string) => ({ location, options: {} });

  it("do every job, answer each with its own result, and report a failure to the one who asked", async () => {
    const folder = await temporaryFolder();
    const paths = Array.from({ length: 12 }, (_, i) => join(folder, `${i}.png`));
    for (const [i, path] of paths.entries()) await saveImg(path, dot(i));
    const runner = createJobRunner(workers);
    const missing = runner.run("readImage", job(join(folder, "none.png")));
    const picture = { shape: [1, 1, 1], data: Float32Array.of(0) };
    const failing = rejection(
      runner.run("savePicture", { path: join(folder, "no", "a.png"), picture, dataFormat: "channelsLast" }),
    );
    const images = paths.map((path) => runner.run("readImage", job(path)));
    expect(await missing).toEqual({ reason: "does not exist." });
    expect(await failing).toContain(`[saveImg] ${join(folder, "no", "a.png")} cannot be written`);
    expect(await Promise.all(images)).toEqual(paths.map((_, i) => dot(i)));
    await runner.close();
  });

  it("end at once when closed: what is not done, and what is asked later, is rejected", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "a.png");
    await saveImg(path, dot(1));
    const runner = createJobRunner(workers);
    const jobs = Array.from({ length: 50 }, () =>
      rejection(runner.run("readImage", job(path))).catch(() => "done"),
    );
    await runner.close();
    const outcomes = await Promise.all(jobs);
    expect(outcomes.at(-1)).toBe("[workers] closed before the work was done.");
    const late = runner.run("readImage", job(path));
    expect(await rejection(late)).toBe("[workers] closed before the work was done.");
  });
});

it("keeps the process alive until a closed pool's threads have ended, whatever they still answer", async () => {
  let isHeld = false;
  const startThread: StartThread = ({ hear }) => ({
    send: () => {},
    hold: (isNeeded) => {
      isHeld = isNeeded;
    },
    end: async () => hear({ id: 0, value: dot(1) }), // the answer that was under way
  });
  const runner = createJobRunner(1, startThread);
  const job = rejection(runner.run("readImage", { location: "a.png", options: {} }));
  await runner.close();
  expect(await job).toBe("[workers] closed before the work was done.");
  expect(isHeld).toBe(true);
});
