import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AdapterInfo } from "../device/adapter-info.ts";
import { defineKernel } from "../device/kernel.ts";
import { fingerprint } from "./fingerprint.ts";
import { type Answer, convscopeVersion, keepAnswers, loadTuning, tuningKey } from "./tuning.ts";

const adapter: AdapterInfo = {
  name: "(Radeon/RTX) 9000",
  vendor: "amd",
  architecture: "rdna-9",
  driver: "Mesa 30.1",
  isSoftware: false,
  hasMatrices: false,
  subgroupSize: 32,
};

const kernel = defineKernel({
  name: "test.tuning",
  wgsl: "@group(0) @binding(0) var<storage, read_write> y: array<f32>;",
  buffers: ["y"],
});
const answer: Answer = {
  variant: "registers",
  milliseconds: { naive: 9.5, registers: 1.5 },
  kernels: { "test.tuning": fingerprint(kernel.wgsl) },
};

describe("what was measured", () => {
  let cache = "";
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "convscope-cache-"));
    vi.stubEnv("CONVSCOPE_CACHE", cache);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true });
  });
  const file = (of = adapter) => join(cache, "tuning", `${tuningKey(of)}.json`);
  /** Changes the file by hand. */
  const edit = (change: (kept: Record<string, unknown>) => void) => {
    const kept = JSON.parse(readFileSync(file(), "utf8"));
    change(kept);
    writeFileSync(file(), JSON.stringify(kept));
  };

  it("is kept, beside what was kept before", async () => {
    expect(await keepAnswers(adapter, { a: answer })).toBe(file());
    await keepAnswers(adapter, { b: { ...answer, variant: "naive" } });
    const { tuning, notes } = await loadTuning(adapter);
    expect(notes).toEqual([]);
    expect(tuning?.key).toBe(tuningKey(adapter));
    expect([tuning?.answer("a"), tuning?.answer("b")?.variant, tuning?.answer("c")]).toEqual([
      answer,
      "naive",
      undefined,
    ]);
  });

  it("is said to be missing, of a device that was not tuned", async () => {
    const none = "[tuning] this device was not tuned yet: auto's kernels run. `convscope tune` measures.";
    expect(await loadTuning(adapter)).toEqual({ notes: [none] });
    await keepAnswers(adapter, { a: answer });
    for (const other of [{ driver: "Mesa 30.2" }, { name: "Radeon 9001" }, { vendor: "nvidia" }]) {
      expect(await loadTuning({ ...adapter, ...other })).toEqual({ notes: [none] });
    }
  });

  it.each<[string, (kept: Record<string, unknown>) => void, string]>([
    [
      "of another version",
      (kept) => {
        kept.convscope = "0.0.9";
      },
      `it is of convscope "0.0.9", not "${convscopeVersion}".`,
    ],
    [
      "of another driver",
      (kept) => {
        kept.driver = "Mesa 1";
      },
      'it is of driver "Mesa 1", not "Mesa 30.1".',
    ],
    [
      "without answers",
      (kept) => {
        kept.answers = [];
      },
      "it holds no measured choices.",
    ],
    [
      "of a variant that there is not",
      (kept) => {
        kept.answers = { a: { ...answer, variant: "magic" } };
      },
      "what it says of a cannot be read.",
    ],
  ])("is ignored with a note where the file is %s", async (_, change, reason) => {
    await keepAnswers(adapter, { a: answer });
    edit(change);
    const note = `[tuning] ${file()} is ignored, auto's kernels run: ${reason} \`convscope tune\` measures.`;
    expect(await loadTuning(adapter)).toEqual({ notes: [note] });
  });

  it.each(["", "{", "null", "[]", "\u0000\u0001", '{"answers":{"a":null}}'])(
    "is ignored with a note where the file is %j, and written anew",
    async (text) => {
      await keepAnswers(adapter, { a: answer });
      writeFileSync(file(), text);
      const { tuning, notes } = await loadTuning(adapter);
      expect(tuning).toBeUndefined();
      expect(notes).toHaveLength(1);
      expect(notes[0]).toMatch(/ is ignored, auto's kernels run: (it|what it says) [^\n]+$/);
      await keepAnswers(adapter, { b: answer });
      expect((await loadTuning(adapter)).tuning?.answer("b")).toEqual(answer);
    },
  );

  it("is ignored with a note where it cannot be read", async () => {
    mkdirSync(file(), { recursive: true });
    const { notes } = await loadTuning(adapter);
    expect(notes[0]).toMatch(/is ignored, auto's kernels run: EISDIR/);
  });

  it("is void where a kernel has changed or is gone", async () => {
    const changed = { ...answer, kernels: { "test.tuning": fingerprint(`${kernel.wgsl} `) } };
    const gone = { ...answer, kernels: { "test.gone": "00000000" } };
    await keepAnswers(adapter, { a: answer, changed, gone });
    const { tuning, notes } = await loadTuning(adapter);
    expect(notes).toEqual([
      "[tuning] of 3 measured choices 2 are void, as their kernels have changed. `convscope tune` measures.",
    ]);
    expect([tuning?.answer("a"), tuning?.answer("changed"), tuning?.answer("gone")]).toEqual([
      answer,
      undefined,
      undefined,
    ]);
    await keepAnswers(adapter, {});
    expect(Object.keys(JSON.parse(readFileSync(file(), "utf8")).answers)).toEqual(["a"]);
  });

  it("stays whole where many write at once, and others read", async () => {
    await keepAnswers(adapter, { first: answer });
    const keys = Array.from({ length: 50 }, (_, i) => `pass ${i}`);
    let isWriting = true;
    const writing = Promise.all(keys.map((key) => keepAnswers(adapter, { [key]: answer })));
    const written = writing.finally(() => {
      isWriting = false;
    });
    while (isWriting) {
      const { tuning, notes } = await loadTuning(adapter);
      expect([notes, tuning?.answer("first")]).toEqual([[], answer]);
    }
    await written;
    const { tuning } = await loadTuning(adapter);
    expect(keys.some((key) => tuning?.answer(key))).toBe(true);
    expect(readdirSync(join(cache, "tuning"))).toEqual([`${tuningKey(adapter)}.json`]);
  });

  it("is an error where it cannot be written", async () => {
    writeFileSync(join(cache, "tuning"), "a file");
    await expect(keepAnswers(adapter, { a: answer })).rejects.toThrow(
      /^\[tuning\] cannot write .+: E\w+: .+\. CONVSCOPE_CACHE names another folder\.$/,
    );
  });

  it("is kept under a name that every file system takes", () => {
    expect(tuningKey(adapter)).toMatch(/^[a-zA-Z0-9-]+-[0-9a-f]{8}$/);
    expect(tuningKey({ ...adapter, driver: "Mesa 30.2" })).not.toBe(tuningKey(adapter));
    expect(tuningKey(adapter, "mixed")).not.toBe(tuningKey(adapter));
    expect(tuningKey({ ...adapter, name: "-Radeon/RTX- 9000" })).not.toBe(tuningKey(adapter));
  });
});

it("knows its version", () => {
  const url = new URL("../../package.json", import.meta.url);
  expect(convscopeVersion).toBe(JSON.parse(readFileSync(url, "utf8")).version);
});
