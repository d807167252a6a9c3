import { access, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { flowFromDirectory } from "@convscope/data";
import { Device, type KernelChoice } from "@convscope/kernels";
import { buildSmallCnn, compileSmallCnn, imageSize } from "../experiments/small-cnn.ts";
import { renderCurves } from "../report/curves.ts";
import { historyCsv } from "../report/history-csv.ts";
import { rasterize } from "../report/rasterize.ts";
import { versions } from "../report/versions.ts";
import { writeFileAtomic } from "../report/write-file-atomic.ts";
import { drawData } from "./draw-data.ts";

export interface RunOptions {
  /** A folder with `train` and `validation`, each with a folder a class. Default: drawn pets. */
  readonly data?: string;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  readonly validationSteps?: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly kernels: KernelChoice;
  readonly workers?: number;
  readonly out?: string;
}

/** Where the default data is drawn, below the working folder. */
export const DRAWN_PETS = join("data", "drawn-pets");
const LECTURE_EPOCHS = 30;
/** Enough for drawn pets: they are easier than photographs. */
const DRAWN_EPOCHS = 4;

/** The folder of a run. Never one that holds something: a run that was saved is not lost. */
async function prepareFolder(out: string | undefined): Promise<string> {
  const isFree = async (folder: string) => {
    try {
      return (await readdir(folder)).length === 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
      throw new Error(
        `[run] cannot use ${folder} as --out: ${(error as Error).message}. Give a folder of your own.`,
      );
    }
  };
  let folder = out ?? join("runs", "small-cnn");
  if (out && !(await isFree(out))) {
    throw new Error(
      `[run] the folder ${out} is not empty: give another --out, or empty it. Nothing was changed.`,
    );
  }
  for (let i = 2; !(await isFree(folder)); i++) folder = join("runs", `small-cnn-${i}`);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, 2);
    await writeFileAtomic(join(folder, "run.json"), "{}\n");
  } catch (error) {
    throw new Error(
      `[run] cannot write into ${folder}: ${(error as Error).message}. Give a writable folder as --out.`,
    );
  }
  return folder;
}

/** The lecture's first experiment: the small CNN, from scratch, on real or drawn pictures. */
export async function runSmallCnn(options: RunOptions): Promise<void> {
  const started = new Date();
  const { batchSize, learningRate, seed, kernels, workers } = options;
  const data = options.data ?? DRAWN_PETS;
  if (!options.data) await drawData(data, { seed: 0, quiet: true });
  const epochs = options.epochs ?? (options.data ? LECTURE_EPOCHS : DRAWN_EPOCHS);

  const flow = {
    targetSize: imageSize,
    batchSize,
    classMode: "binary",
    rescale: 1 / 255,
    seed,
    workers,
  } as const;
  await using train = await flowFromDirectory(join(data, "train"), flow);
  await using validation = await flowFromDirectory(join(data, "validation"), { ...flow, shuffle: false });

  using device = await Device.open({ kernels });
  const { adapter } = device;
  console.log(`Device: ${adapter.name}${adapter.isSoftware ? " (software: a processor plays the GPU)" : ""}`);
  using model = buildSmallCnn({ device, seed });
  compileSmallCnn(model, learningRate);
  model.summary();

  const folder = await prepareFolder(options.out);
  const write = (name: string, content: string | Uint8Array) => writeFileAtomic(join(folder, name), content);
  const stepsPerEpoch = options.stepsPerEpoch ?? train.length;
  const validationSteps = options.validationSteps ?? validation.length;
  const record = {
    experiment: "small-cnn",
    command: `convscope ${process.argv.slice(2).join(" ")}`,
    arguments: { data, epochs, stepsPerEpoch, validationSteps, batchSize, learningRate, seed, kernels },
    seed,
    adapter,
    versions: versions(),
    parameters: model.countParams(),
    startedAt: started.toISOString(),
  };
  const save = async (state: "running" | "finished") => {
    const seconds = (Date.now() - started.getTime()) / 1000;
    await write("run.json", `${JSON.stringify({ ...record, state, seconds }, null, 2)}\n`);
  };
  await save("running");

  const history: Record<string, number[]> = {};
  const result = await model.fit(train, {
    stepsPerEpoch,
    epochs,
    validationData: validation,
    validationSteps,
    onEpochEnd: async (_epoch, logs) => {
      for (const [key, value] of Object.entries(logs)) history[key] = [...(history[key] ?? []), value];
      await write("history.json", `${JSON.stringify(history, null, 2)}\n`);
      await write("history.csv", historyCsv({ epoch: history.loss.map((_, i) => i), history }));
    },
  });
  for (const [kind, name] of [
    ["acc", "accuracy"],
    ["loss", "loss"],
  ] as const) {
    const { svg } = renderCurves(result, kind);
    await write(`${name}.svg`, svg);
    await write(`${name}.png`, rasterize(svg));
  }
  await save("finished");
  const last = (key: string) => result.history[key].at(-1)?.toFixed(4);
  console.log(`Training accuracy ${last("acc")}, validation accuracy ${last("val_acc")}.`);
  console.log(`Curves, history and run.json: ${folder}`);
}
