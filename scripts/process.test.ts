import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { capture, lastLines, shellLine } from "./process.mjs";

it("quotes for the shell only what needs it", () => {
  expect(shellLine(["apt-get", "-o", "Dir::Etc::sourceparts=/a/.tools/apt", "update"])).toBe(
    "apt-get -o Dir::Etc::sourceparts=/a/.tools/apt update",
  );
  expect(shellLine(["echo", "it's here"])).toBe("echo 'it'\\''s here'");
});

it("captures both streams and the exit code", async () => {
  const { code, output } = await capture(process.execPath, [
    "-e",
    "console.log('out'); console.error('err'); process.exitCode = 3",
  ]);
  expect(code).toBe(3);
  expect(output.split("\n").sort()).toEqual(["", "err", "out"]);
});

it("says why a program did not start, or was ended", async () => {
  expect(await capture("convscope-no-such-program", [])).toMatchObject({
    code: 127,
    output: expect.stringContaining("ENOENT"),
  });
  const killed = await capture(process.execPath, ["-e", "process.kill(process.pid, 'SIGKILL')"]);
  expect(killed).toEqual({ code: 1, output: "ended by SIGKILL\n" });
});

it("keeps the last lines, without empty ones", () => {
  expect(lastLines("one\n\ntwo\n\nthree\n", 2)).toBe("    two\n    three");
});

it("hands on what would end it, and stays until the program has tidied up", async () => {
  const tidy =
    "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('ready')";
  const script = `
    import { run } from ${JSON.stringify(new URL("./process.mjs", import.meta.url).href)};
    process.exitCode = await run(process.execPath, ["-e", ${JSON.stringify(tidy)}]);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
  child.stdout.once("data", () => child.kill("SIGTERM"));
  expect(await once(child, "exit")).toEqual([7, null]);
});
