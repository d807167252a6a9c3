import { readFileSync } from "node:fs";
import { mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it, vi } from "vitest";
import { JPEG_DECODERS } from "./image/decode-jpeg.ts";
import { encodePng } from "./image/encode-png.ts";
import type { ImageOptions } from "./image/prepare-image.ts";
import { loadImg } from "./load-img.ts";
import { saveImg } from "./save-img.ts";
import { hasShared, sharedPath } from "./testing/shared-files.ts";
import type { ImageArray } from "./types.ts";

const picture: ImageArray = { shape: [2, 3, 3], data: Uint8Array.from({ length: 18 }, (_, i) => i * 14) };

describe("loadImg", () => {
  it("goes by content, not by extension, converts the colour mode, then resizes", async () => {
    const path = join(await temporaryFolder(), "really a png.jpg");
    await writeFile(path, encodePng(picture));
    expect(await loadImg(path)).toEqual(picture);
    const small = await loadImg(path, {
      targetSize: [1, 2],
      colorMode: "grayscale",
      interpolation: "nearest",
    });
    const luma = (i: number) =>
      (19595 * picture.data[i] + 38470 * picture.data[i + 1] + 7471 * picture.data[i + 2] + 32768) >> 16;
    expect(small).toEqual({ shape: [1, 2, 1], data: Uint8Array.of(luma(9), luma(15)) });
  });

  it.each([
    [
      "a text",
      "dear diary",
      'is not a picture: its first bytes are those of a text ("dear diary"); a JPEG or PNG picture was needed.',
    ],
    [
      "an HTML page",
      "<!DOCTYPE html>\n<p>404",
      'is not a picture: its first bytes are those of an HTML page ("<!DOCTYPE html> <p>404"); a JPEG or PNG picture was needed.',
    ],
    ["nothing", "", "is empty (0 bytes): copy or download it again."],
    ["a BMP's first bytes", "BM\0\0\0", "is truncated: its BMP header is cut off."],
    ["a GIF", "GIF89a", "is a GIF picture; JPEG, PNG, BMP and PPM are read: convert it."],
    [
      "a ZIP archive",
      "PK\x03\x04",
      "is not a picture: its first bytes are those of a ZIP archive; a JPEG or PNG picture was needed.",
    ],
    [
      "odd bytes",
      "\x00\x01\x02",
      "is not a picture: its first bytes are those of an unknown format (00 01 02); a JPEG or PNG picture was needed.",
    ],
    [
      "a JPEG's first two bytes",
      "\xff\xd8",
      "is not a picture: its first bytes are those of an unknown format (ff d8); a JPEG or PNG picture was needed.",
    ],
    ["a JPEG's first bytes", "\xff\xd8\xff\xe0", "is truncated: its JPEG header is cut off."],
    ["a PNG's first bytes", "\x89PNG\r\n\x1a\n", "is truncated: its PNG header is cut off."],
  ])("names the file that holds %s", async (_, content, reason) => {
    const path = join(await temporaryFolder(), "cat.7.jpg");
    await writeFile(path, content, "latin1");
    expect(await rejection(loadImg(path))).toBe(`[loadImg] ${path} ${reason}`);
  });

  it("takes Keras's older word for grayscale", async () => {
    const path = join(await temporaryFolder(), "a.png");
    await writeFile(path, encodePng(picture));
    expect(await loadImg(path, { grayscale: true })).toEqual(await loadImg(path, { colorMode: "grayscale" }));
  });

  it("names a file that is missing, and what is no file", async () => {
    const folder = await temporaryFolder();
    expect(await rejection(loadImg(join(folder, "no.jpg")))).toBe(
      `[loadImg] ${join(folder, "no.jpg")} does not exist.`,
    );
    expect(await rejection(loadImg(folder))).toBe(`[loadImg] ${folder} is not a file.`);
    await symlink("nowhere", join(folder, "link.jpg"));
    expect(await rejection(loadImg(join(folder, "link.jpg")))).toContain("link.jpg does not exist.");
  });

  it.each([
    [
      { interpolation: "cubic" },
      "[loadImg] Invalid interpolation method cubic specified. Supported methods are nearest, bilinear, bicubic, hamming, box, lanczos.",
    ],
    [{ colorMode: "cmyk" }, '[loadImg] colorMode must be "grayscale", "rgb", or "rgba", not "cmyk".'],
    [{ decoder: "libjpeg" }, '[loadImg] decoder is "libjpeg"; "exact" or "portable" was needed.'],
    [
      { targetSize: [150] },
      "[loadImg] targetSize is [150]; [height, width] in pixels was needed, e.g. [150, 150].",
    ],
    [
      { targetSize: [0, 5] },
      "[loadImg] targetSize is [0,5]; [height, width] in pixels was needed, e.g. [150, 150].",
    ],
  ])("refuses %j", async (options, message) => {
    expect(await rejection(loadImg("any.jpg", options as unknown as ImageOptions))).toBe(message);
  });

  const file = "vectors/load-img.json";
  describe.skipIf(!hasShared(file))("Keras's load_img with Pillow", () => {
    interface Vector {
      id: string;
      attrs: {
        file: string;
        targetSize: [number, number] | null;
        interpolation: string;
        colorMode: string;
        subsample?: number;
      };
      expected: { y: { shape: [number, number, number]; offset: number } };
      tol: { atol: number; meanAbs?: number };
    }
    const vectors: Vector[] = hasShared(file)
      ? JSON.parse(readFileSync(sharedPath(file), "utf8")).vectors
      : [];

    it("covers all cases", () => {
      expect(vectors).toHaveLength(13);
    });

    const cases = JPEG_DECODERS.flatMap((decoder) => vectors.map((vector) => ({ decoder, ...vector })));
    it.each(cases)("$id, $decoder", async ({ decoder, attrs, expected, tol }) => {
      const options = {
        colorMode: attrs.colorMode,
        targetSize: attrs.targetSize ?? undefined,
        interpolation: attrs.interpolation,
        decoder,
      } as ImageOptions;
      const image = await loadImg(sharedPath(`vectors/files/images/${attrs.file}`), options);
      const [height, width, channels] = expected.y.shape;
      const reference = (await readFile(sharedPath("vectors/load-img.bin"))).subarray(expected.y.offset);
      const step = attrs.subsample ?? 1;
      expect(image.shape).toEqual([height * step, width * step, channels]);
      let sum = 0;
      let largest = 0;
      for (let i = 0; i < height * width * channels; i++) {
        const [y, x, c] = [
          Math.floor(i / (width * channels)),
          Math.floor(i / channels) % width,
          i % channels,
        ];
        const got = image.data[(y * step * image.shape[1] + x * step) * channels + c];
        const difference = Math.abs(got - reference[i]);
        sum += difference;
        largest = Math.max(largest, difference);
      }
      if (decoder === "exact") {
        expect(largest).toBe(0);
        return;
      }
      // jpeg-js replicates the chroma of 4:2:0 pictures, where Pillow interpolates it: single pixels beside an edge of
      // colour differ by up to a hundred levels. The mean is held to the stated bound.
      const isSubsampled = attrs.file === "photo_a_420.jpg";
      expect(largest).toBeLessThanOrEqual(isSubsampled ? 110 : tol.atol);
      expect(sum / (height * width * channels)).toBeLessThanOrEqual(tol.meanAbs ?? tol.atol);
    });
  });
});

describe("saveImg", () => {
  it("writes what its extension says, and leaves nothing else", async () => {
    const folder = await temporaryFolder();
    await saveImg(join(folder, "a.png"), picture);
    expect(await loadImg(join(folder, "a.png"))).toEqual(picture);
    await saveImg(join(folder, "a.JPG"), picture, { quality: 100 });
    expect((await loadImg(join(folder, "a.JPG"))).shape).toEqual([2, 3, 3]);
    expect((await stat(join(folder, "a.JPG"))).size).toBeGreaterThan(100);
  });

  it("makes a picture of an array, stretched unless told otherwise, in the format that is asked for", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "a.dat");
    const x = { shape: [1, 1, 3], data: Float32Array.of(-1, 0, 1) };
    await saveImg(path, x, { fileFormat: "png" });
    expect([...(await loadImg(path)).data]).toEqual([0, 127, 255]);
    await saveImg(
      path,
      { ...x, shape: [3, 1, 1] },
      { fileFormat: "png", dataFormat: "channelsFirst", scale: false },
    );
    expect([...(await loadImg(path)).data]).toEqual([0, 0, 1]);
  });

  it.each([1, 3, 4] as const)("keeps %i channels in a PNG", async (channels) => {
    const path = join(await temporaryFolder(), "a.png");
    const data = Uint8Array.from({ length: 6 * channels }, (_, i) => i * 10);
    const image: ImageArray = { shape: [2, 3, channels], data };
    await saveImg(path, image);
    const colorMode = ({ 1: "grayscale", 3: "rgb", 4: "rgba" } as const)[channels];
    expect((await loadImg(path, { colorMode })).data).toEqual(image.data);
    expect((await readFile(path))[25]).toBe({ 1: 0, 3: 2, 4: 6 }[channels]);
  });

  it("warns where a JPEG cannot hold alpha, as Keras does", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const path = join(await temporaryFolder(), "a.jpg");
    await saveImg(path, { shape: [1, 1, 4], data: Uint8Array.of(1, 2, 3, 4) });
    expect(warn).toHaveBeenCalledWith(
      "[saveImg] The JPG format does not support RGBA images, converting to RGB.",
    );
    warn.mockRestore();
  });

  it("says why it cannot", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "b.png"));
    expect(await rejection(saveImg(join(folder, "a.gif"), picture))).toBe(
      `[saveImg] ${join(folder, "a.gif")} ends with ".gif"; jpg, jpeg or png was needed.`,
    );
    expect(await rejection(saveImg(join(folder, "b.png"), picture))).toContain("b.png cannot be written: ");
    expect(await rejection(saveImg(join(folder, "no", "c.png"), picture))).toContain(
      "c.png cannot be written: ENOENT",
    );
  });
});
