import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { main } from "../main.ts";

const bin = fileURLToPath(new URL("../../bin/convscope.mjs", import.meta.url));

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  /** Without what Dawn says of its own. */
  readonly stderr: string;
}

/** Starts `convscope` as a process of its own. */
export function startConvscope(folder: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [bin, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
}

/** Collects what a process says until it ends. */
export async function resultOf(child: ChildProcess): Promise<Result> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr: stderr.replace(/^Warning: maxDynamic.*\n/gm, "") };
}

/** Runs `convscope` in a folder. */
export const convscope = (folder: string, ...args: string[]): Promise<Result> =>
  resultOf(startConvscope(folder, ...args));

/** Runs the command line in this process: for what says little and does nothing. */
export async function convscopeHere(...args: string[]): Promise<Result> {
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      said[name] += text;
      return true;
    }),
  );
  try {
    return { code: await main(args), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Runs the command line in this process, where it fails with exit code 1 and has nothing to show: why. */
export async function failureHere(...args: string[]): Promise<string> {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    const { code, stdout } = await convscopeHere(...args);
    expect([code, stdout]).toEqual([1, ""]);
    return errors.mock.calls.flat().join("\n");
  } finally {
    errors.mockRestore();
  }
}

/** An empty folder for the tests of a `describe` block; it goes after them. Call the result inside a test. */
export function folderOfTests(): () => string {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "convscope-apps-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}
