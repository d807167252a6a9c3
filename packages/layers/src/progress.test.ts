import { describe, expect, it } from "vitest";
import { epochTitle, Progress, type ProgressOptions } from "./progress.ts";

/** A progress with a clock that the test moves, and what it has written, one entry per write. */
function start(options: Partial<ProgressOptions> = {}) {
  const written: string[] = [];
  const clock = { seconds: 1000 };
  const progress = new Progress({
    target: 100,
    verbose: 1,
    isTerminal: true,
    write: (text) => written.push(text),
    now: () => clock.seconds * 1000,
    ...options,
  });
  const at = (elapsedSeconds: number, current: number, values?: Record<string, number>) => {
    clock.seconds = 1000 + elapsedSeconds;
    progress.update(current, values);
  };
  return { written, at, note: (text: string) => progress.note(text) };
}

const last = { loss: 0.6903, acc: 0.5322, val_loss: 0.6729, val_acc: 0.6003 };
const lastValues = " - loss: 0.6903 - acc: 0.5322 - val_loss: 0.6729 - val_acc: 0.6003";

describe("Progress on a terminal", () => {
  it("ends with the line of the lecture", () => {
    const { written, at } = start();
    at(373, 100, last);
    expect(written).toEqual([`\r100/100 [==============================] - 373s 4s/step${lastValues}\n`]);
  });

  it("says what is done before the bar, and wipes it", () => {
    const { written, at, note } = start();
    note("compiling 9 kernels");
    at(1, 1);
    expect(written[0]).toBe("\rcompiling 9 kernels");
    expect(written[1].startsWith("\r  1/100 [")).toBe(true);
  });

  it("says nothing before the bar where there is no terminal, or no bar", () => {
    for (const options of [{ isTerminal: false }, { verbose: 2 as const }, { verbose: 0 as const }]) {
      const { written, note } = start(options);
      note("compiling 9 kernels");
      expect(written).toEqual([]);
    }
  });

  it("redraws the line over itself and wipes what a longer one left", () => {
    const { written, at } = start();
    at(156.8, 42, { loss: 0.69034, acc: 0.53216 });
    at(200, 50);
    expect(written[0]).toBe(
      "\r 42/100 [===========>..................] - ETA: 3:36 - loss: 0.6903 - acc: 0.5322",
    );
    expect(written[1]).toBe(`\r 50/100 [==============>...............] - ETA: 3:20${" ".repeat(29)}`);
    expect(written[1].length).toBe(written[0].length);
  });

  it.each([
    { current: 0, bar: "  0/100 [..............................]" },
    { current: 3, bar: "  3/100 [..............................]" },
    { current: 4, bar: "  4/100 [>.............................]" },
    { current: 7, bar: "  7/100 [=>............................]" },
    { current: 99, bar: " 99/100 [============================>.]" },
    { current: 100, bar: "100/100 [==============================]" },
  ])("fills the bar at $current", ({ current, bar }) => {
    const { written, at } = start();
    at(1, current);
    expect(written[0].slice(1, bar.length + 1)).toBe(bar);
  });

  it.each([
    { elapsed: 0.5, current: 1, eta: "49s" },
    { elapsed: 60, current: 50, eta: "60s" },
    { elapsed: 61, current: 50, eta: "1:01" },
    { elapsed: 65.9, current: 50, eta: "1:05" },
    { elapsed: 3600, current: 50, eta: "60:00" },
    { elapsed: 3665, current: 50, eta: "1:01:05" },
    { elapsed: 5, current: 0, eta: "0s" },
  ])("prints ETA $eta", ({ elapsed, current, eta }) => {
    const { written, at } = start();
    at(elapsed, current);
    expect(written[0]).toMatch(new RegExp(` - ETA: ${eta}$`));
  });

  it.each([
    { elapsed: 100, suffix: " - 100s 1s/step" },
    { elapsed: 99.9, suffix: " - 100s 999ms/step" },
    { elapsed: 0.1, suffix: " - 0s 1ms/step" },
    { elapsed: 0.0421, suffix: " - 0s 421us/step" },
    { elapsed: 250, suffix: " - 250s 2s/step" },
    { elapsed: 350, suffix: " - 350s 4s/step" },
  ])("ends with $suffix", ({ elapsed, suffix }) => {
    const { written, at } = start();
    at(elapsed, 100);
    expect(written[0]).toBe(`\r100/100 [==============================]${suffix}\n`);
  });

  it("redraws at most every 50 ms, but always the end", () => {
    const { written, at } = start();
    at(1, 1);
    at(1.049, 2);
    at(1.051, 3);
    at(1.06, 100);
    expect(written.map((text) => text.slice(1, 8))).toEqual(["  1/100", "  3/100", "100/100"]);
  });

  it.each([
    [0.0010001, "0.0010"],
    [0.001, "1.0000e-03"],
    [0.000012345, "1.2345e-05"],
    [0, "0.0000e+00"],
    [-0.5, "-0.5000"],
    [12.03125, "12.0312"],
    [Number.NaN, "nan"],
  ])("prints the value %s as %s", (loss, text) => {
    const { written, at } = start();
    at(1, 100, { loss });
    expect(written[0]).toMatch(new RegExp(` - loss: ${text.replace("+", "\\+")}\n$`));
  });

  it("names the unit that is counted", () => {
    const { written, at } = start({ target: 2000, unit: "sample" });
    at(4, 2000);
    expect(written[0]).toBe("\r2000/2000 [==============================] - 4s 2ms/sample\n");
  });
});

describe("Progress elsewhere", () => {
  it("writes one line per epoch where there is no terminal", () => {
    const { written, at } = start({ isTerminal: false });
    for (let step = 1; step < 100; step++) at(step * 3.73, step, { loss: 0.7 });
    expect(written).toEqual([]);
    at(373, 100, last);
    expect(written).toEqual([`100/100 [==============================] - 373s 4s/step${lastValues}\n`]);
  });

  it.each([true, false])("writes the short line with verbose 2 (terminal: %s)", (isTerminal) => {
    const { written, at } = start({ verbose: 2, isTerminal });
    at(6, 50, { loss: 0.7 });
    at(12, 100, last);
    expect(written).toEqual([` - 12s${lastValues}\n`]);
  });

  it("is silent with verbose 0", () => {
    const { written, at } = start({ verbose: 0 });
    at(6, 50, { loss: 0.7 });
    at(12, 100, last);
    expect(written).toEqual([]);
  });

  it.each([0, -1, 2.5, Number.NaN])("refuses the target %s", (target) => {
    expect(() => start({ target })).toThrow(
      `[progress] target is ${target}, but must be a whole number above 0: give the number of steps.`,
    );
  });
});

it("titles an epoch from 1", () => {
  expect(epochTitle(0, 15)).toBe("Epoch 1/15\n");
});
