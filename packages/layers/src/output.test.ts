import { afterEach, expect, it, vi } from "vitest";
import { standardOutput } from "./output.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it("writes to the process's standard output", () => {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  standardOutput().write("Epoch 1/2\n");
  expect(write.mock.calls).toEqual([["Epoch 1/2\n"]]);
});

it("writes whole lines to the console where there is no process", () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  vi.stubGlobal("process", undefined);
  const output = standardOutput();
  output.write("Epoch 1/2\n");
  output.write("half ");
  output.write("a line\nand another\n");
  expect(output.isTerminal).toBe(false);
  expect(log.mock.calls).toEqual([["Epoch 1/2"], ["half a line"], ["and another"]]);
});
