import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { listFolders, listPictures } from "./list-pictures.ts";
import { compareCodePoints } from "./picture-files.ts";

async function folderWith(...files: string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), "");
  }
  return folder;
}

describe("listPictures", () => {
  it("goes in Keras's order: names by code point, a sub-folder after the files beside it", async () => {
    const folder = await folderWith(
      "b.jpg",
      "a-b/4.png",
      "a/2.png",
      "a/x/3.png",
      "cat.10.jpg",
      "cat.2.jpg",
      "Z.jpg",
      "é.jpg",
    );
    expect(await listPictures(folder, { followLinks: false })).toEqual(
      ["Z.jpg", "b.jpg", "cat.10.jpg", "cat.2.jpg", "é.jpg", "a/2.png", "a-b/4.png", "a/x/3.png"].toSorted(
        (x, y) => order(x) - order(y),
      ),
    );
  });

  // os.walk's folders, sorted by their path: "", "a", "a-b", "a/x" ("-" comes before "/").
  const order = (path: string): number =>
    ["", "a", "a-b", "a/x"].indexOf(path.includes("/") ? dirname(path) : "");

  it("takes Keras's extensions in any case, and nothing else", async () => {
    const taken = ["1.png", "2.JPG", "3.jpeg", "4.BmP", "5.ppm", "6.tif", "7.TIFF", "._8.jpg"];
    const folder = await folderWith(...taken, "9.gif", "10.jpg.bak", "jpg", "11.webp", "12.txt");
    expect((await listPictures(folder, { followLinks: false })).sort()).toEqual(taken.sort());
  });

  it("enters linked folders only when told, and no circle", async () => {
    const folder = await folderWith("in/1.png");
    const other = await folderWith("2.png");
    await symlink(other, join(folder, "linked"));
    await symlink(folder, join(folder, "in", "circle"));
    await symlink(join(other, "2.png"), join(folder, "3.png"));
    expect(await listPictures(folder, { followLinks: false })).toEqual(["3.png", "in/1.png"]);
    expect(await listPictures(folder, { followLinks: true })).toEqual(["3.png", "in/1.png", "linked/2.png"]);
  });

  it.skipIf(process.platform === "win32")("leaves out pipes and folders with a picture's name", async () => {
    const folder = await folderWith("1.png", "2.png/3.png");
    execFileSync("mkfifo", [join(folder, "pipe.png")]);
    expect(await listPictures(folder, { followLinks: false })).toEqual(["1.png", "2.png/3.png"]);
  });
});

describe("listFolders", () => {
  it("lists folders and links to folders, sorted", async () => {
    const folder = await folderWith("b/1.png", "a/1.png", "top.png");
    await symlink(join(folder, "a"), join(folder, "c"));
    expect(await listFolders(folder)).toEqual(["a", "b", "c"]);
  });
});

describe("compareCodePoints", () => {
  it("differs from JavaScript's order beyond U+FFFF", () => {
    const [wide, low] = ["\u{1F431}", "\uFF21"];
    expect(wide < low).toBe(true); // by UTF-16 units
    expect(compareCodePoints(wide, low)).toBeGreaterThan(0); // by code points, as in Python
    expect(compareCodePoints("a", "ab")).toBeLessThan(0);
    expect(compareCodePoints("a", "a")).toBe(0);
  });
});
