import { readFileSync } from "node:fs";
import { JPEG_DECODERS, loadImg } from "@convscope/data";
import { hasShared, sharedPath } from "@convscope/data/testing";
import { describe, expect, it } from "vitest";
import { digest, pillowPictures } from "./reference/pillow-pictures.ts";

const MANIFEST = "vectors/files/hostile/manifest.json";

/** What a good program does with a broken or odd picture. */
interface Entry {
  readonly file: string;
  readonly kind: string;
  readonly expect: "ok" | "error" | "either";
  /** Whether there is one right result. */
  readonly golden: boolean;
  /** How far another JPEG decoder than libjpeg's may be from it. */
  readonly tolAtol?: number;
}

/** The picture of which the golden ones are copies, where Pillow refuses it: a text chunk that inflates to 30 MB. */
const SAME_AS: Readonly<Record<string, string>> = { "zip_as_png_text_bomb.png": "rgba.png" };

const largestDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);

describe.skipIf(!hasShared(MANIFEST))("hostile pictures", () => {
  const entries: Entry[] = hasShared(MANIFEST)
    ? JSON.parse(readFileSync(sharedPath(MANIFEST), "utf8")).entries
    : [];
  const images = entries.filter(({ kind }) => kind === "image");

  it("covers every image of the manifest; its 19 HDF5 files belong to the layers", () => {
    expect(entries.length - images.length).toBe(19);
    expect(images).toHaveLength(27);
  });

  describe.each(JPEG_DECODERS)("%s decoder", (decoder) => {
    it.each(images)("$file: $expect", async ({ file, expect: expectation, golden, tolAtol = 0 }) => {
      const path = sharedPath(`vectors/files/hostile/${file}`);
      const before = process.memoryUsage.rss();
      const start = performance.now();
      const outcome = await loadImg(path, { decoder }).catch((error: Error) => error);
      expect(performance.now() - start).toBeLessThan(2000);
      expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
      if (outcome instanceof Error) {
        expect(expectation).not.toBe("ok");
        expect(outcome.message).toMatch(`[loadImg] ${path} `);
        return;
      }
      expect(expectation).not.toBe("error");
      if (!golden) return;
      if (decoder === "portable" && file.includes("jpg")) {
        const { data } = await loadImg(path, { decoder: "exact" });
        expect(largestDifference(outcome.data, data)).toBeLessThanOrEqual(tolAtol);
        return;
      }
      const name = file.replace("images/", "");
      const reference = pillowPictures.find((picture) => picture.name === `hostile/${SAME_AS[name] ?? name}`);
      expect(digest(outcome)).toBe(reference?.decoded);
    });
  });

  const load = (name: string, colorMode: "rgb" | "rgba" = "rgb") =>
    loadImg(sharedPath(`vectors/files/hostile/images/${name}`), { colorMode });

  it("keeps colours that alpha hides, and the alpha where it is asked for", async () => {
    const { data } = await load("rgba.png", "rgba");
    expect([...data.subarray(0, 4)]).toEqual([3, 0, 126, 0]);
  });

  it("takes the high byte of 16-bit gray, where Pillow turns it white", async () => {
    expect((await load("gray16.png")).data[0]).toBeLessThan(32);
  });

  it("does not convert a JPEG whose components are R, G and B, with jpeg-js neither", async () => {
    const path = sharedPath("vectors/files/hostile/images/rgb_colorspace.jpg");
    const [exact, portable] = await Promise.all(JPEG_DECODERS.map((decoder) => loadImg(path, { decoder })));
    const difference = exact.data.reduce((sum, value, i) => sum + Math.abs(value - portable.data[i]), 0);
    expect(difference / exact.data.length).toBeLessThan(1);
  });
});
