import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { convscope, convscopeHere, failureHere, folderOfTests } from "../testing/convscope.ts";

describe("convscope data prepare", () => {
  const folder = folderOfTests();
  const few = ["--train", "2", "--validation", "1", "--test", "1"];
  const prepare = (...args: string[]) => convscope(folder(), "data", "prepare", ...args);

  it("makes the lecture's folders, and the second time changes nothing", async () => {
    await mkdir(join(folder(), "kaggle", "train"), { recursive: true });
    for (const animal of ["cat", "dog"]) {
      for (let i = 0; i < 4; i++) {
        await writeFile(
          join(folder(), "kaggle", "train", `${animal}.${i}.jpg`),
          i === 3 ? "" : `${animal} ${i}`,
        );
      }
    }
    const counts = `total train cat images: 2
total train dog images: 2
total validation cat images: 1
total validation dog images: 1
total test cat images: 1
total test dog images: 1
`;
    const empty = `Without content (0 bytes): test/cats/cat.3.jpg and 1 more.
\`convscope data check small\` finds what cannot be read.
`;
    expect(await prepare("kaggle", "small", ...few)).toEqual({
      code: 0,
      stdout: `${counts}Copied 8 pictures.\n${empty}`,
      stderr: "",
    });
    const [kaggle, small] = [join(folder(), "kaggle", "train"), join(folder(), "small")];
    await rm(join(small, "test", "cats", "cat.3.jpg"));
    const here = (...args: string[]) => convscopeHere("data", "prepare", kaggle, small, ...few, ...args);
    expect((await here("--link", "hard")).stdout).toContain(
      `${counts}Linked 1 picture (7 were there already).\n`,
    );
    const { stdout, stderr } = await here("--json");
    expect(stderr).toContain(`${counts}${small} holds these 8 pictures already: nothing was changed.\n`);
    expect(JSON.parse(stdout)).toEqual({
      folder: small,
      source: kaggle,
      copied: 0,
      replaced: 0,
      kept: 8,
      counts: { train: { cats: 2, dogs: 2 }, validation: { cats: 1, dogs: 1 }, test: { cats: 1, dogs: 1 } },
      empty: ["test/cats/cat.3.jpg", "test/dogs/dog.3.jpg"],
    });
  });

  it("fails where pictures are missing, with the lecture's counts where none are given", async () => {
    const one = join(folder(), "one");
    await mkdir(one);
    await writeFile(join(one, "cat.0.jpg"), "cat 0");
    expect(await failureHere("data", "prepare", one, join(folder(), "new"))).toBe(
      `convscope: [prepareCatsAndDogs] ${one} lacks 3,999 of the 4,000 pictures: ` +
        "cat.1.jpg to cat.1999.jpg, dog.0.jpg to dog.1999.jpg. Nothing was copied.",
    );
  });

  it("refuses what it does not know", async () => {
    expect(await convscopeHere("data", "prepare", "one", "new", "--link", "soft")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Allowed choices are hard, symbolic."),
    });
    expect(await convscopeHere("data", "prepare", "one")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("missing required argument 'folder'"),
    });
  });
});
