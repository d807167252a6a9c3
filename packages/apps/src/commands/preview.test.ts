import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage, drawPet, encodeJpeg, saveImg } from "@convscope/data";
import { beforeAll, describe, expect, it } from "vitest";
import { convscope, convscopeHere, failureHere, folderOfTests } from "../testing/convscope.ts";

describe("convscope preview", () => {
  const folder = folderOfTests();
  const at = (...names: string[]) => join(folder(), ...names);
  const transformsOf = async (...args: string[]) => {
    const out = at("json.svg");
    const { code, stdout, stderr } = await convscopeHere("preview", ...args, "--json", "--out", out);
    expect([code, stderr]).toEqual([0, expect.stringContaining("json.svg: ")]);
    return JSON.parse(stdout).pictures.map(({ transforms }: { transforms: unknown[] }) => transforms);
  };

  beforeAll(async () => {
    await mkdir(at("pets", "cats"), { recursive: true });
    await mkdir(at("pets", "empty"));
    await writeFile(at("pets", "cats", "cat.0.jpg"), encodeJpeg(drawPet("cat", 0, 0, [60, 90])));
    await saveImg(at("pets", "cats", "cat.1.png"), drawPet("cat", 1, 0, [60, 90]));
  });

  it("makes the lecture's sheet", async () => {
    // A process, for the path as it is given.
    expect(await convscope(folder(), "preview", "pets/cats", "--out", "sheet.png")).toEqual({
      code: 0,
      stdout: "sheet.png: 4 draws of pets/cats/cat.0.jpg.\n",
      stderr: "",
    });
    const { shape, data } = await decodeImage(await readFile(at("sheet.png")));
    expect(shape[1]).toBe(980); // the picture and two columns of draws, each 300 wide
    const isColoured = (x: number, y: number) => {
      const [r, g, b] = data.subarray(shape[2] * (y * shape[1] + x));
      return Math.min(r, g, b) < 255;
    };
    const inPictures = [
      [174, 200],
      [490, 200],
      [806, 200],
      [490, 580],
      [806, 580],
    ];
    for (const [x, y] of inPictures) expect(isColoured(x, y), `${x} ${y}`).toBe(true);
    expect(isColoured(174, 580)).toBe(false);
  });

  it("gives one sheet for one seed, as SVG too, and tells the draws", async () => {
    const sheet = async (...args: string[]) => {
      const picture = at("pets", "cats", "cat.0.jpg");
      const { code } = await convscopeHere("preview", picture, "--out", at("a.svg"), ...args);
      expect(code).toBe(0);
      return readFile(at("a.svg"), "utf8");
    };
    const first = await sheet();
    expect(first.match(/<image /g)).toHaveLength(5);
    expect(await sheet()).toBe(first);
    expect(await sheet("--seed", "1")).not.toBe(first);
    const [transforms] = await transformsOf(at("pets"), "--count", "2");
    expect(first).toContain(`>theta ${transforms[1].theta.toFixed(1).replace("-", "−")}°, shear `);
  });

  it("draws what Keras 2 draws", async () => {
    const [[first]] = await transformsOf(at("pets"), "--compat", "keras2", "--seed", "42");
    const published = {
      theta: -10.036790492,
      tx: 27.042858385,
      ty: 13.919636509,
      shear: 0.039463394,
      zx: 0.862407456,
      zy: 0.862397808,
    };
    for (const [name, value] of Object.entries(published)) expect(first[name]).toBeCloseTo(value, 8);
    expect(first.flipHorizontal).toBe(true);
  });

  it("takes every range, and none", async () => {
    const none = ["--rotation-range", "0", "--width-shift-range", "0", "--height-shift-range", "0"].concat([
      "--shear-range",
      "0",
      "--zoom-range",
      "0",
      "--no-horizontal-flip",
      "--count",
      "1",
    ]);
    expect(await transformsOf(at("pets"), ...none, "--pictures", "2")).toEqual([[{}], [{}]]);
    const [[some]] = await transformsOf(
      ...[at("pets"), ...none],
      ...["--width-shift-range", "3px", "--height-shift-range", "5,5", "--zoom-range", "2,2"],
      ...["--brightness-range", "0.5,0.5", "--channel-shift-range", "9", "--target-size", "20,30"],
      ...["--fill-mode", "constant", "--cval", "7", "--interpolation-order", "0", "--vertical-flip"],
    );
    expect(some).toMatchObject({ zx: 2, zy: 2, brightness: 0.5, flipHorizontal: false });
    expect(Math.abs(some.tx)).toBe(5);
    expect(Math.abs(some.ty)).toBeLessThan(3);
    expect(Math.abs(some.channelShiftIntensity)).toBeLessThan(9);
  });

  it.each([
    ["--rotation-range", "-1", "Give a number of at least 0."],
    ["--brightness-range", "2,1", "Give two numbers with a comma, the smaller one first: 0.5,1.5."],
    ["--width-shift-range", "1,x", "Give a number, pixels as 5.5px, or numbers with commas."],
    ["--fill-mode", "mirrored", "Allowed choices are nearest, constant, reflect, wrap, mirror, grid-wrap."],
    ["--interpolation-order", "6", "Give a whole number from 0 to 5."],
  ])("refuses %s %s", async (option, value, message) => {
    const { code, stderr } = await convscopeHere("preview", "x.jpg", option, value);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it("says what it cannot do, and writes nothing then", async () => {
    const before = (await readdir(folder())).sort();
    const said = (...args: string[]) => failureHere("preview", ...args);
    const picture = at("pets", "cats", "cat.1.png");
    expect(await said(at("none.jpg"))).toBe(`convscope: [loadImg] ${at("none.jpg")} does not exist.`);
    expect(await said(at("pets", "empty"))).toBe(
      `convscope: [preview] ${at("pets", "empty")} holds no pictures (.png .jpg .jpeg .bmp .ppm .tif .tiff), ` +
        "nor do its sub-folders.",
    );
    expect(await said(at("pets"), "--out", "sheet.jpg")).toBe(
      "convscope: [preview] --out is sheet.jpg; a name that ends with .png or .svg was needed.",
    );
    const same = `${at("pets")}/../pets/cats/cat.1.png`;
    expect(await said(picture, "--out", same)).toBe(
      `convscope: [preview] --out is ${same}, the picture itself: give another name.`,
    );
    expect(await said(picture, "--out", at("none", "sheet.png"))).toContain("its folder does not exist");
    expect(await said(picture, "--count", "100", "--columns", "1", "--out", at("long.png"))).toContain(
      "more than 32767 on a side: give fewer pictures or draws",
    );
    expect((await readdir(folder())).sort()).toEqual(before);
  });
});
