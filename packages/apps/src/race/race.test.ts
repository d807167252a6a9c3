import { describe, expect, it } from "vitest";
import { convscope, convscopeHere, folderOfTests } from "../testing/convscope.ts";
import { Cannot, type Findings } from "./competitor.ts";
import { CompetitorProcess } from "./competitor-process.ts";
import type { CompetitorName } from "./competitors/index.ts";
import type { Answers, Request } from "./protocol.ts";
import { type Racer, raceProcesses } from "./race.ts";
import { selectWorkloads } from "./select.ts";

const [workload] = selectWorkloads(["dense2.forward"]);

/** A competitor that finds a value, and takes so many milliseconds for a run; what it is asked is written down. */
function racer(name: CompetitorName, value: number, milliseconds: readonly number[], log: string[]): Racer {
  let runs = 0;
  const answers = {
    prepare: { [name]: "1.0.0" },
    check: { kind: "result", values: Float32Array.of(value) } satisfies Findings,
    run: 0,
  };
  return {
    name,
    end: () => log.push(`${name} ends`),
    async ask<Ask extends Request["ask"]>(request: Extract<Request, { ask: Ask }>): Promise<Answers[Ask]> {
      const { ask }: Request = request;
      if (ask === "run") {
        log.push(name);
        answers.run = milliseconds[Math.min(runs++, milliseconds.length - 1)];
      }
      return answers[ask] as Answers[Ask];
    },
  };
}

const failing = (name: CompetitorName, error: Error): Racer => ({
  name,
  end: () => {},
  ask: () => Promise.reject(error),
});

const options = { kernels: "auto", signal: new AbortController().signal, progress: () => {} } as const;

describe("a race", () => {
  it("runs in turns, after warming up, and sums up", async () => {
    const log: string[] = [];
    // Runs of 8 s: three each. Two warm ones come first where they are short.
    const ours = racer("convscope", 1, [8000, 6000, 8000, 7000], log);
    const theirs = racer("tfjs-cpu", 1 + 1e-6, [9000, 16_000, 14_000, 12_000], log);
    const { shown, times, versions, disagreements } = await raceProcesses(workload, [ours, theirs], options);
    expect(log.join(" ")).toBe("convscope tfjs-cpu convscope tfjs-cpu convscope tfjs-cpu convscope tfjs-cpu");
    expect([times, versions, disagreements]).toEqual([1, { convscope: "1.0.0", "tfjs-cpu": "1.0.0" }, []]);
    expect(shown.map(({ row, runs }) => [row.competitor, row.milliseconds, row.ratio, runs])).toEqual([
      ["convscope", { median: 7000, min: 6000, max: 8000 }, 1, 3],
      ["tfjs-cpu", { median: 14_000, min: 12_000, max: 16_000 }, 2, 3],
    ]);
  });

  it("runs once what takes longer than 40 s, after a warm-up that is not counted", async () => {
    const log: string[] = [];
    const racers = [racer("convscope", 1, [10_000], log), racer("tfjs-cpu", 1, [60_000, 50_000], log)];
    const { shown } = await raceProcesses(workload, racers, options);
    expect(log.join(" ")).toBe("convscope tfjs-cpu convscope tfjs-cpu convscope convscope");
    expect(shown.map(({ row, runs }) => [row.milliseconds?.median, runs])).toEqual([
      [10_000, 3],
      [50_000, 1],
    ]);
  });

  it("does not time what computes something else", async () => {
    const log: string[] = [];
    const racers = [racer("convscope", 1, [8000], log), racer("tfjs-cpu", 1.5, [1], log)];
    const { shown, disagreements, agreement } = await raceProcesses(workload, racers, options);
    expect(log.join(" ")).toBe("convscope tfjs-cpu ends convscope convscope convscope");
    const reason = "result[0]: 1.5, ours 1; the difference is 0.500, at most 0.00000857 is allowed";
    expect(disagreements).toEqual([`dense2.forward, tfjs-cpu: ${reason}`]);
    expect(shown[1].row).toMatchObject({ milliseconds: null, ratio: null, cannot: `disagrees: ${reason}` });
    expect(agreement).toBeUndefined();
  });

  it("shows who cannot and who fails, and goes on", async () => {
    const racers = [
      racer("convscope", 1, [8000], []),
      failing("tfjs-wasm", new Cannot("no kernel")),
      failing("ort-web", new Error("its process ended (SIGKILL)")),
    ];
    const { shown } = await raceProcesses(workload, racers, options);
    expect(shown.slice(1).map(({ row }) => "cannot" in row && row.cannot)).toEqual([
      "no kernel",
      "its process ended (SIGKILL)",
    ]);
  });

  it("fails where we fail; where we cannot, nobody is compared", async () => {
    const broken = failing("convscope", new Error("out of memory"));
    await expect(raceProcesses(workload, [broken], options)).rejects.toThrow(
      "[race] dense2.forward: out of memory",
    );
    const none = failing("convscope", new Cannot("not yet"));
    const { shown } = await raceProcesses(workload, [none, racer("tfjs-cpu", 1, [1], [])], options);
    expect(shown.map(({ row }) => "cannot" in row && row.cannot)).toEqual([
      "not yet",
      "there is nothing of ours to compare with",
    ]);
  });
});

it("a process that ends says so", async () => {
  const process = new CompetitorProcess("tfjs-cpu");
  const asked = process.ask({ ask: "check" });
  await expect(asked).rejects.toThrow("[race] check was asked for before prepare.");
  process.end();
  await expect(process.ask({ ask: "check" })).rejects.toThrow("its process ended (SIGKILL)");
});

describe("convscope race", () => {
  const folder = folderOfTests();

  it("prints the result for programs", async () => {
    const { code, stdout, stderr } = await convscope(
      folder(),
      ...["race", "dense2.backwardInput", "--against", "tfjs-cpu", "--json"],
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("dense2.backwardInput: batch 20")]);
    const milliseconds = {
      median: expect.any(Number),
      min: expect.any(Number),
      max: expect.any(Number),
    };
    const row = { workload: "dense2.backwardInput", milliseconds, gflops: expect.any(Number) };
    expect(JSON.parse(stdout)).toEqual({
      adapter: expect.objectContaining({ name: expect.any(String), isSoftware: expect.any(Boolean) }),
      versions: {
        convscope: expect.any(String),
        webgpu: expect.any(String),
        node: process.versions.node,
        "@tensorflow/tfjs": expect.stringMatching(/^4\./),
      },
      results: [
        { ...row, competitor: "convscope", ratio: 1 },
        { ...row, competitor: "tfjs-cpu", ratio: expect.any(Number) },
      ],
    });
    expect(stderr).not.toContain("\x1b");
  });

  it.each([
    ["workload", ["conv"], "there is no workload conv. Known: conv1.forward, conv1.backwardFilter,"],
    ["competitor", ["--against", "torch"], "there is no competitor torch. Known: tfjs-webgpu,"],
  ])("refuses an unknown %s with exit code 2 and the list", async (_, args, message) => {
    const { code, stdout, stderr } = await convscopeHere("race", ...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`error: ${message}`);
  });
});
