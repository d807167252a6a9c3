import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeImage, saveImg } from "@convscope/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMistakes, type Predictions, predictionsOf } from "./mistakes.ts";
import { predictionsCsv } from "./predictions-csv.ts";

const pictures = (classes: number[], names = ["cats", "dogs"]) => ({
  filenames: classes.map((c, i) => `${names[c]}/${i}.jpg`),
  filepaths: classes.map((c, i) => `/nowhere/${names[c]}/${i}.jpg`),
  classes,
  classIndices: Object.fromEntries(names.map((name, i) => [name, i])),
});
const given = (classes: number[], outputs: number[]): Predictions => ({
  split: "test",
  pictures: pictures(classes),
  outputs,
});

describe("predictionsOf", () => {
  it("reads a sigmoid as Keras's accuracy does: class 1 above 0.5", () => {
    const found = predictionsOf(given([0, 0, 1, 1], [0.25, 0.5, 0.5001, Number.NaN]));
    expect(found.map(({ predicted }) => predicted)).toEqual(["cats", "cats", "dogs", "none"]);
    expect(found.map(({ probability }) => probability)).toEqual([0.75, 0.5, 0.5001, Number.NaN]);
    expect(found[2]).toMatchObject({ index: 2, file: "dogs/2.jpg", label: "dogs" });
  });

  it("takes the highest of one output a class", () => {
    const split = {
      split: "test",
      pictures: pictures([2, 0], ["a", "b", "c"]),
      outputs: [0.1, 0.2, 0.7, 0.3, 0.4, 0.3],
    };
    expect(predictionsOf(split).map(({ predicted, probability }) => [predicted, probability])).toEqual([
      ["c", 0.7],
      ["b", 0.4],
    ]);
    const two = { split: "test", pictures: pictures([0]), outputs: [0.4, 0.6] };
    expect(predictionsOf(two)[0]).toMatchObject({ predicted: "dogs", probability: 0.6 });
  });

  it("refuses outputs that do not fit", () => {
    expect(() => predictionsOf(given([0, 1], [0.5, 0.5, 0.5]))).toThrow(
      "[predictions] test has 2 files of 2 classes, 2 labels and 3 outputs; " +
        "a label a file was needed, and one output a class (of two classes: one in all).",
    );
    const three = { split: "test", pictures: pictures([0], ["a", "b", "c"]), outputs: [0.5] };
    expect(() => predictionsOf(three)).toThrow("1 files of 3 classes, 1 labels and 1 outputs");
    expect(predictionsOf(given([], []))).toEqual([]);
  });
});

describe("findMistakes", () => {
  let folder = "";
  const path = () => join(folder, "wide.png");
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "convscope-mistakes-"));
    const data = new Uint8Array(512 * 64 * 3).fill(200);
    await saveImg(path(), { shape: [64, 512, 3], data });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("counts the wrong ones, and shows the worst first: no number, then the most certain", async () => {
    const found = await findMistakes(given([0, 0, 0, 1, 1], [0.6, 0.9, 0.1, Number.NaN, 0.3]));
    expect([found.split, found.pictures, found.wrong]).toEqual(["test", 5, 4]);
    expect(found.worst.map(({ index }) => index)).toEqual([3, 1, 4, 0]);
    expect(found.worst[0].jpeg).toBeUndefined(); // there is no such file, and no error
  });

  it("shows 24 of a thousand", async () => {
    const found = await findMistakes(given(Array(1000).fill(0), Array(1000).fill(0.9)));
    expect([found.wrong, found.worst.length]).toEqual([1000, 24]);
    expect(found.worst[23].index).toBe(23);
  });

  it("makes a thumbnail of the whole picture", async () => {
    const split = given([0], [0.9]);
    const found = await findMistakes({ ...split, pictures: { ...split.pictures, filepaths: [path()] } });
    const { shape, data } = await decodeImage(found.worst[0].jpeg!);
    expect(shape.slice(0, 2)).toEqual([16, 128]);
    expect(Math.abs(data[0] - 200)).toBeLessThanOrEqual(2);
    expect([...found.worst[0].jpeg!.slice(0, 2)]).toEqual([0xff, 0xd8]);
  });
});

it("writes all predictions as a table", () => {
  const split = given([0, 1], [0.25, Number.NaN]);
  const filenames = ['cats/a,"b".jpg', "dogs/1.jpg"];
  expect(
    predictionsCsv([
      { ...split, pictures: { ...split.pictures, filenames } },
      { ...split, split: "validation" },
    ]),
  ).toBe(
    [
      "split,file,label,predicted,probability\r\n",
      'test,"cats/a,""b"".jpg",cats,cats,0.75\r\n',
      "test,dogs/1.jpg,dogs,none,nan\r\n",
      "validation,cats/0.jpg,cats,cats,0.75\r\n",
      "validation,dogs/1.jpg,dogs,none,nan\r\n",
    ].join(""),
  );
});
