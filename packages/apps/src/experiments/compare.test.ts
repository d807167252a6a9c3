import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { convscopeHere, failureHere, folderOfTests } from "../testing/convscope.ts";
import { expectPage } from "../testing/expect-page.ts";

describe("convscope run compare", () => {
  const folder = folderOfTests();
  const path = (...names: string[]) => join(folder(), ...names);
  const write = async (name: string, history: object | string, state = "finished") => {
    await mkdir(path(name));
    const run = { experiment: "small-cnn", arguments: {}, sittings: [], state };
    const told = { ...run, seconds: 3, command: `convscope run ${name}`, notes: [] };
    await writeFile(path(name, "run.json"), JSON.stringify(told));
    await writeFile(
      path(name, "history.json"),
      typeof history === "string" ? history : JSON.stringify(history),
    );
  };
  beforeAll(async () => {
    await write("a&b", { loss: [0.7, null], acc: [0.5, 0.6], val_loss: [0.7, 0.6], val_acc: [0.75, 0.5] });
    await writeFile(path("a&b", "report.html"), "");
    await write("c", { loss: [0.7], acc: [0.5] }, "running");
    await write("words", { loss: ["much"] });
    await write("begun", {});
    await mkdir(path("nothing"));
  });

  it("puts all runs on one page, and says what it leaves out", async () => {
    const given = ["a&b", "nothing", "c", "words", "begun"].map((name) => path(name));
    const { code, stdout } = await convscopeHere("run", "compare", "--runs", ...given, "--out", path("out"));
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^Left out: \S+nothing is not the folder of a run/),
      `Left out: ${path("words", "history.json")} has other things than numbers for loss.`,
      `Left out: ${path("begun")} has no finished epoch.`,
      "a&b  val_acc: best 0.7500, last five 0.6250, last 0.5000",
      "c    no validation accuracy",
      `The page and the curves are in ${path("out")}: compare.html, compare.svg, compare.png.`,
      "",
    ]);
    expect(readdirSync(path("out")).sort()).toEqual(["compare.html", "compare.png", "compare.svg"]);
    const page = readFileSync(path("out", "compare.html"), "utf8");
    expectPage(page, { links: ["./../a%26b/report.html"] });
    expect(page).toContain("./../a%26b/report.html");
    expect(page).toContain("not finished");
    expect(readFileSync(path("out", "compare.svg"), "utf8")).toContain("1  a&amp;b");
    expect(readFileSync(path("out", "compare.png")).subarray(1, 4).toString()).toBe("PNG");
  });

  it("refuses where there is nothing to compare, and leaves nothing", async () => {
    const { code } = await convscopeHere(
      "run",
      "compare",
      "--json",
      "--runs",
      path("c"),
      "--out",
      path("one"),
    );
    expect(code).toBe(0);
    const failure = await failureHere(
      "run",
      "compare",
      "--json",
      "--runs",
      path("nothing"),
      "--out",
      path("none"),
    );
    expect(failure).toContain(
      "[compare] None of the folders holds a run with a finished epoch: name runs with --runs.",
    );
    expect(existsSync(path("none"))).toBe(false);
  });
});
