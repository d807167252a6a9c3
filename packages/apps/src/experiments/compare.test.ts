import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Output } from "../output.ts";
import { RunFolder } from "../report/run-folder.ts";
import { folderOfTests } from "../testing/convscope.ts";
import { expectPage } from "../testing/expect-page.ts";
import compare from "./compare.ts";

type Context = Parameters<typeof compare.run>[0];

describe("compare", () => {
  const folder = folderOfTests();
  const path = (...names: string[]) => join(folder(), ...names);
  /** Does the experiment, which needs no more than this of a run. @returns the lines that it says */
  const run = async (names: string[], out: string): Promise<string[]> => {
    const said: string[] = [];
    const output = new Output(false);
    output.write = (text) => said.push(text);
    let claimed: RunFolder | undefined;
    const context: Pick<Context, "flags" | "output" | "folder"> = {
      flags: { runs: names.map((name) => path(name)) },
      output,
      folder: async () => {
        claimed = await RunFolder.claim(path(out), "compare");
        return claimed;
      },
    };
    await compare.run(context as Context);
    await claimed?.close();
    return said.join("").trimEnd().split("\n");
  };
  const write = async (name: string, history: object, state = "finished") => {
    await mkdir(path(name), { recursive: true });
    const run = { experiment: "small-cnn", arguments: {}, sittings: [], state };
    const told = { ...run, seconds: 3, command: `convscope run ${name}`, notes: [] };
    await writeFile(path(name, "run.json"), JSON.stringify(told));
    await writeFile(path(name, "history.json"), JSON.stringify(history));
  };
  beforeAll(async () => {
    await write("a&b", { loss: [0.7, null], acc: [0.5, 0.6], val_loss: [0.7, 0.6], val_acc: [0.75, 0.5] });
    await writeFile(path("a&b", "report.html"), "");
    await write("c", { loss: [0.7], acc: [0.5] }, "running");
    await write("other/c", { loss: [0.7], acc: [0.5] });
    await write("words", { loss: ["much"] });
    await write("begun", {});
    await mkdir(path("nothing"));
  });

  it("puts all runs on one page, and says what it leaves out", async () => {
    expect(await run(["a&b", "nothing", "c", "words", "begun"], "out")).toEqual([
      expect.stringMatching(/^Left out: \S+nothing is not the folder of a run/),
      `Left out: ${path("words", "history.json")} has other things than numbers for loss.`,
      `Left out: ${path("begun")} has no finished epoch.`,
      "a&b  val_acc: best 0.7500, last five 0.6250, last 0.5000",
      "c    no validation accuracy",
      `The page and the curves are in ${path("out")}: compare.html, compare.svg, compare.png.`,
    ]);
    expect(readdirSync(path("out")).sort()).toEqual(["compare.html", "compare.png", "compare.svg"]);
    const page = readFileSync(path("out", "compare.html"), "utf8");
    expectPage(page, { links: ["./../a%26b/report.html"] });
    expect(page).toContain("./../a%26b/report.html");
    expect(page).toContain("not finished");
    expect(readFileSync(path("out", "compare.svg"), "utf8")).toContain("1  a&amp;b");
    expect(readFileSync(path("out", "compare.png")).subarray(1, 4).toString()).toBe("PNG");
  });

  it("names runs by their paths where names are not enough", async () => {
    const said = await run(["c", "other/c"], "twice");
    expect(said.slice(0, 2).map((line) => line.split("  ")[0])).toEqual([path("c"), path("other/c")]);
  });

  it("refuses where there is nothing to compare, and leaves nothing", async () => {
    await expect(run(["nothing"], "none")).rejects.toThrow(
      "[compare] None of the folders holds a run with a finished epoch: name runs with --runs.",
    );
    expect(existsSync(path("none"))).toBe(false);
  });
});
