import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawPets } from "@convscope/data";
import { beforeAll, describe, expect, it } from "vitest";
import { convscope, folderOfTests, resultOf, startConvscope } from "../testing/convscope.ts";

const FILES = [
  "accuracy.png",
  "accuracy.svg",
  "history.csv",
  "history.json",
  "loss.png",
  "loss.svg",
  "model.h5",
  "predictions.csv",
  "report.html",
  "run.json",
];

const THREE_STEPS = ["--batch-size", "2", "--steps-per-epoch", "3"];

describe("convscope run small-cnn", () => {
  const folder = folderOfTests();
  const path = (...names: string[]) => join(folder(), ...names);
  const json = (...names: string[]) => JSON.parse(readFileSync(path(...names), "utf8"));
  /** Three steps of two pictures, and a validation of two. */
  const run = (...args: string[]) =>
    convscope(folder(), "run", "small-cnn", "--data", "pets", ...THREE_STEPS, ...args);

  beforeAll(async () => {
    await drawPets(path("pets"), { train: 3, validation: 2, test: 0, workers: 0 });
  });

  it("prints what Keras prints, and writes history, curves and run.json", async () => {
    const { code, stdout, stderr } = await run(
      "--epochs",
      "2",
      "--seed",
      "3",
      "--out",
      "plain",
      "--workers",
      "0",
    );
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n");
    expect(lines.slice(0, 2)).toEqual([
      "Found 6 images belonging to 2 classes.",
      "Found 4 images belonging to 2 classes.",
    ]);
    expect(lines).toContain("Total params: 3,453,121");
    expect(stdout).toMatch(
      /\nEpoch 2\/2\n3\/3 \[={30}\] - \d+s \d+m?s\/step - loss: \d\.\d{4} - acc: \d\.\d{4} - val_loss: \d\.\d{4} - val_acc: \d\.\d{4}\n/,
    );
    expect(stdout).toMatch(
      /\nWaited for pictures: \S+ s for the first batch, \S+ s for the other 5 \(\S+ % of the time\)\.\n/,
    );
    expect(stdout).toContain(
      "\nValidation: all 4 pictures after each epoch, so that epochs can be compared;",
    );
    expect(stdout).toMatch(/\nMemory: .*\n/);
    expect(stdout).toMatch(
      /\nQuestion: How well [^:]*\nLecture: {2}It overfits: [^:]*\nMeasured: Validation accuracy [\s\S]*\n\n +measured +claimed\n/,
    );
    expect(stdout).toMatch(/\nReport, curves, history and model are in plain\.\n$/);

    expect(readdirSync(path("plain")).sort()).toEqual(FILES);
    const history = json("plain", "history.json");
    expect(Object.keys(history).sort()).toEqual(["acc", "loss", "val_acc", "val_loss"]);
    for (const values of Object.values(history)) expect(values).toHaveLength(2);
    expect(readFileSync(path("plain", "history.csv"), "utf8")).toMatch(
      /^epoch,acc,loss,val_acc,val_loss\r\n0,\S+\r\n1,\S+\r\n$/,
    );
    expect(json("plain", "run.json")).toMatchObject({
      experiment: "small-cnn",
      state: "finished",
      epochs: 2,
      seed: 3,
      parameters: 3_453_121,
      tuning: null,
      waiting: { batches: 6 },
      variants: { "dense.forward 512 x 1": expect.any(String) },
      arguments: {
        data: "pets",
        batchSize: 2,
        stepsPerEpoch: 3,
        validation: "full",
        kernels: "auto",
        precision: "float32",
      },
      versions: { node: process.versions.node },
    });
    const png = readFileSync(path("plain", "accuracy.png"));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
  });

  it("gives the same bits for the same seed, with other workers, and says so as JSON alone", async () => {
    const { code, stdout } = await run(
      "--epochs",
      "2",
      "--seed",
      "3",
      "--out",
      "again",
      "--workers",
      "2",
      "--json",
    );
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ folder: "again", files: FILES, state: "finished" });
    const text = readFileSync(path("again", "history.json"), "utf8");
    expect(text).toBe(readFileSync(path("plain", "history.json"), "utf8"));
    expect(result.history).toEqual(JSON.parse(text));
  });

  it("gives other numbers for another seed", async () => {
    expect((await run("--epochs", "1", "--seed", "4", "--out", "other")).code).toBe(0);
    expect(json("other", "history.json").loss[0]).not.toBe(json("plain", "history.json").loss[0]);
  });

  it("never takes a folder that holds something", async () => {
    const before = readFileSync(path("plain", "run.json"), "utf8");
    expect(await run("--epochs", "1", "--out", "plain")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "convscope: [run] the folder plain is not empty: give another --out, or empty it. Nothing was changed.\n",
    });
    expect(readFileSync(path("plain", "run.json"), "utf8")).toBe(before);
  });

  describe("with data that is no good", () => {
    const LAYOUT = "--data wants a folder with train and validation, each with a folder per class.";
    const EMPTY =
      'convscope: [flowFromDirectory] class "cats" of bad/train holds no pictures (.png .jpg .jpeg .bmp .ppm .tif .tiff): ' +
      "put some there, remove the folder, or name the classes you want in `classes`.\n";

    /** Folders below `bad`, and copies of a picture in them. */
    async function layOut(files: Record<string, number>): Promise<void> {
      await rm(path("bad"), { recursive: true, force: true });
      const picture = readFileSync(path("pets", "train", "cats", "cat.0.jpg"));
      for (const [name, count] of Object.entries(files)) {
        await mkdir(path("bad", name), { recursive: true });
        for (let i = 0; i < count; i++) await writeFile(path("bad", name, `${i}.jpg`), picture);
      }
    }
    const sound = { "train/cats": 1, "train/dogs": 1, "validation/cats": 1, "validation/dogs": 1 };
    const runBad = (...args: string[]) =>
      convscope(
        folder(),
        "run",
        "small-cnn",
        "--data",
        "bad",
        "--epochs",
        "1",
        "--out",
        "new/folder",
        ...args,
      );

    it.each([
      ["a missing folder", {}, `convscope: [run] there is no folder bad: ${LAYOUT}\n`],
      [
        "no validation",
        { "train/cats": 1 },
        `convscope: [run] there is no folder bad/validation: ${LAYOUT}\n`,
      ],
      ["an empty class", { ...sound, "train/cats": 0 }, EMPTY],
      [
        "a class that is not tested",
        { ...sound, "test/cats": 1 },
        "convscope: [run] bad/test has no pictures of dogs: put some there, or leave the whole folder test out.\n",
      ],
      [
        "a third class",
        { ...sound, "train/mice": 1 },
        'convscope: [flowFromDirectory] classMode "binary" needs exactly 2 classes, but there are 3 (cats, dogs, mice): ',
      ],
    ])("names %s", async (_, files, message) => {
      await layOut(files);
      const { code, stderr } = await runBad();
      expect(code).toBe(1);
      expect(stderr.startsWith(message)).toBe(true);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(existsSync(path("new"))).toBe(false);
    });

    it("names classes that are not the same in train and validation", async () => {
      await layOut({ "train/cats": 1, "train/dogs": 1, "validation/dogs": 1, "validation/kitties": 1 });
      const { code, stderr } = await runBad();
      expect([code, stderr]).toEqual([
        1,
        "convscope: [run] train has the classes cats, dogs, validation has dogs, kitties: give both the same.\n",
      ]);
      expect(existsSync(path("new"))).toBe(false);
    });

    it("names a text that is called .jpg, and leaves nothing behind", async () => {
      await layOut(sound);
      await writeFile(path("bad", "train", "dogs", "0.jpg"), "hello");
      const { code, stderr } = await runBad();
      expect([code, stderr]).toEqual([
        1,
        "convscope: [flowFromDirectory] bad/train/dogs/0.jpg is not a picture: its first bytes are those of a text " +
          '("hello"); a JPEG or PNG picture was needed.\n',
      ]);
      expect(existsSync(path("new"))).toBe(false);
    });

    it("names all bad pictures before anything begins, or leaves them out, as --bad-pictures says", async () => {
      await layOut({ ...sound, "train/cats": 2, "train/dogs": 2 });
      for (const name of ["cats/1.jpg", "dogs/0.jpg"]) await writeFile(path("bad", "train", name), "");
      const checked = await runBad("--bad-pictures", "check");
      const empty = "is empty (0 bytes): copy or download it again.";
      const lines = `  bad/train/cats/1.jpg ${empty}\n  bad/train/dogs/0.jpg ${empty}\n`;
      expect([checked.code, checked.stdout, checked.stderr]).toEqual([
        1,
        "Found 4 images belonging to 2 classes.\n",
        `convscope: [flowFromDirectory] 2 of 4 images of bad/train cannot be read:\n${lines}`,
      ]);
      expect(existsSync(path("new"))).toBe(false);
      const skipped = await runBad("--bad-pictures", "skip", "--batch-size", "1", "--steps-per-epoch", "2");
      expect(skipped.stdout).toContain(`Left out 2 of 4 images that cannot be read:\n${lines}`);
      expect(skipped.stdout).toMatch(/\n2\/2 \[=/);
    });
  });

  it.each([
    ["a file", "pets/train/cats/cat.0.jpg", "is a file: give a new or an empty folder as --out."],
    [
      "a folder below a file",
      "pets/train/cats/cat.0.jpg/out",
      "cannot write into pets/train/cats/cat.0.jpg/out: a part of its folder's path is a file. " +
        "Give a folder that you may write to as --out.",
    ],
  ])("refuses %s as --out, before anything is drawn or opened", async (_, out, message) => {
    const { code, stdout, stderr } = await convscope(folder(), "run", "small-cnn", "--out", out);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.startsWith("convscope: [run] ")).toBe(true);
    expect(stderr.endsWith(`${message}\n`)).toBe(true);
    expect(existsSync(path("data"))).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)("refuses an --out without permission (root has every)", async () => {
    await mkdir(path("locked"), { mode: 0o500 });
    const { code, stderr } = await run("--out", "locked/out");
    expect([code, stderr]).toEqual([
      1,
      "convscope: [run] cannot write into locked/out: no permission to write there. " +
        "Give a folder that you may write to as --out.\n",
    ]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "saves after the batch when it is ended by %s, and says how to go on",
    async (signal, exitCode) => {
      const child = startConvscope(
        folder(),
        ...["run", "small-cnn", "--data", "pets", "--batch-size", "2", "--steps-per-epoch", "1000"],
        ...["--out", signal],
      );
      const result = resultOf(child);
      child.stdout?.on("data", (text: string) => {
        if (text.includes("Epoch 1/")) child.kill(signal);
      });
      const { code, stderr } = await result;
      expect(code).toBe(exitCode);
      const [, ...lines] = stderr.split("\n");
      expect(lines[0]).toBe(`convscope: ${signal}: tidying up; once more ends at once.`);
      expect(lines[1]).toMatch(
        new RegExp(
          `^convscope: interrupted by ${signal}\\. Saved: (the beginning|epoch 1, step \\d+ of 1000), in ${signal}\\. ` +
            `To go on: convscope run --resume ${signal}$`,
        ),
      );
      const { state, reason } = json(signal, "run.json");
      expect([state, reason]).toEqual(["interrupted", `interrupted by ${signal}.`]);
      expect(readdirSync(path(signal)).sort()).toEqual(["model.h5", "report.html", "run.json"]);
    },
  );

  it("ends quietly when nobody reads on", async () => {
    const child = startConvscope(
      folder(),
      "run",
      "small-cnn",
      "--data",
      "pets",
      "--batch-size",
      "2",
      "--out",
      "unread",
    );
    child.stdout?.once("data", () => child.stdout?.destroy());
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, "exit");
    expect(code).toBe(141);
    expect(stderr.replace(/^Warning: maxDynamic.*\n/gm, "")).toBe("");
    expect(existsSync(path("unread"))).toBe(false);
  });
});
