import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeJpeg } from "@convscope/data";
import { describe, expect, it } from "vitest";
import { convscope, convscopeHere, failureHere, folderOfTests } from "../testing/convscope.ts";

const jpeg = (value: number) =>
  encodeJpeg({ shape: [8, 8, 3], data: Uint8Array.from({ length: 192 }, (_, i) => (value + i) % 256) });

describe("convscope data check", () => {
  const folder = folderOfTests();
  const check = (...args: string[]) => convscopeHere("data", "check", ...args, "--workers", "0");

  it("says what is wrong by kind, sets it aside, and then finds nothing", async () => {
    const files = {
      "train/cats/a.jpg": jpeg(1),
      "train/cats/b.png": jpeg(2),
      "train/cats/c.jpg": "",
      "train/dogs/a.jpg": jpeg(3),
      "validation/dogs/a.jpg": jpeg(1),
      "validation/dogs/b.jpg": jpeg(1),
    };
    const set = join(folder(), "set");
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(set, path, ".."), { recursive: true });
      await writeFile(join(set, path), content);
    }
    const table = `
empty
  train/cats/c.jpg is empty (0 bytes): copy or download it again.

mislabelled
  train/cats/b.png is a JPEG.

duplicate
  train/cats/a.jpg: in the sets train, validation, in the classes cats, dogs
  = validation/dogs/a.jpg
  = validation/dogs/b.jpg

kind         pictures
---------------------
unreadable          0
empty               1
truncated           0
too-large           0
undecodable         0
mislabelled         1
duplicate           2  in 1 group; 1 across sets; 1 across classes
`;
    // A process, for the exit code, and because threads decode.
    expect(await convscope(folder(), "data", "check", "set")).toEqual({
      code: 1,
      stdout: `6 pictures in set\n${table}`,
      stderr: "convscope: 1 of 6 pictures in set cannot be read.\n",
    });
    const aside = join(folder(), "aside");
    const { code, stdout, stderr } = await check(set, "--set-aside", aside, "--json");
    expect(code).toBe(1);
    expect(stderr).toContain(`\nSet aside in ${aside}: 3 pictures.\n`);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      folder: set,
      pictures: 6,
      broken: 1,
      totals: { empty: 1, mislabelled: 1, duplicate: 2, truncated: 0 },
      findings: [
        { kind: "empty", path: "train/cats/c.jpg" },
        { kind: "mislabelled", path: "train/cats/b.png" },
        { kind: "duplicate", path: "validation/dogs/a.jpg" },
        { kind: "duplicate", path: "validation/dogs/b.jpg" },
      ],
      duplicates: [{ splits: ["train", "validation"], classes: ["cats", "dogs"] }],
      setAside: {
        folder: aside,
        paths: ["train/cats/c.jpg", "validation/dogs/a.jpg", "validation/dogs/b.jpg"],
      },
    });
    expect(await readdir(join(aside, "validation", "dogs"))).toEqual(["a.jpg", "b.jpg"]);

    const again = await check(set, "--set-aside", aside, "--set-aside-kinds", "mislabelled");
    expect([again.code, again.stderr]).toEqual([0, ""]); // a wrong extension alone is no failure
    expect(again.stdout).toContain("\nSet aside in");
    expect(await check(set)).toEqual({
      code: 0,
      stdout: `2 pictures in ${set}: each can be read, and none is there twice.\n`,
      stderr: "",
    });
  });

  it("refuses what makes no sense", async () => {
    expect(await check("set", "--set-aside-kinds", "empty")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--set-aside-kinds says what --set-aside moves: give both."),
    });
    expect(await check("set", "--set-aside", "x", "--set-aside-kinds", "ugly")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Allowed choices are unreadable, empty, truncated"),
    });
    const none = join(folder(), "none");
    expect(await failureHere("data", "check", none)).toBe(
      `convscope: [checkPictures] ${none} does not exist.`,
    );
  });
});
