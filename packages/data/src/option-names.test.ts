import { rejection } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { ImageDataGenerator } from "./augment/image-data-generator.ts";
import { flowFromDirectory } from "./directory/flow-from-directory.ts";
import { flowFromFiles } from "./directory/flow-from-files.ts";
import { loadImg } from "./load-img.ts";
import { checkNames } from "./option-names.ts";

const check = (options: unknown) =>
  checkNames<{ seed?: unknown; targetSize?: unknown }>("flow", options as object, {
    seed: true,
    targetSize: true,
  });

describe("checkNames", () => {
  it("takes known names, whatever their values", () => {
    expect(() => check({ seed: undefined })).not.toThrow();
  });

  it.each([
    [{ target_size: 3 }, "[flow] Keyword argument not understood: target_size. Did you mean targetSize?"],
    [{ seeds: 3 }, "[flow] Keyword argument not understood: seeds. Did you mean seed?"],
    [{ size: 3 }, "[flow] Keyword argument not understood: size. Known: seed, targetSize."],
    [32, "[flow] takes its options in one object, ({ seed: … }), got 32."],
    [null, "[flow] takes its options in one object, ({ seed: … }), got null."],
  ])("refuses %j", (options, message) => {
    expect(() => check(options)).toThrow(new Error(message));
  });
});

describe("Python's names are refused, not ignored", () => {
  const pictures = { shape: [1, 2, 2, 1], data: new Float32Array(4) };
  // As from JavaScript, where no compiler says so.
  const python = (options: object) => options;

  it.each<[string, () => unknown]>([
    ["rotationRange", () => new ImageDataGenerator(python({ rotation_range: 40 }))],
    ["batchSize", () => new ImageDataGenerator().flow(pictures, null, python({ batch_size: 1 }))],
    ["rounds", () => new ImageDataGenerator().fit(pictures, python({ round: 1 }))],
    ["followLinks", () => flowFromDirectory("nowhere", python({ follow_links: true }))],
    ["classMode", () => flowFromFiles([], python({ class_mode: "binary" }))],
    ["colorMode", () => loadImg("nowhere.png", python({ color_mode: "rgb" }))],
  ])("%s", async (name, call) => {
    const message = await rejection(Promise.resolve().then(call));
    expect(message).toContain(`Did you mean ${name}?`);
  });
});
