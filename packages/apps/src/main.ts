import type { FillMode, FindingKind, Interpolation, OnBadPicture } from "@convscope/data";
import type { KernelChoice, Precision } from "@convscope/kernels";
import type { ApplicationName, WritableFormat } from "@convscope/layers";
import { Command, CommanderError, Option } from "commander";
import type { CheckDataOptions } from "./commands/check-data.ts";
import type { ConvertWeightsOptions } from "./commands/convert-weights.ts";
import type { DrawDataOptions } from "./commands/draw-data.ts";
import type {
  ExplainConv2dOptions,
  ExplainDenseOptions,
  ExplainMaxPool2dOptions,
} from "./commands/explain.ts";
import type { FetchDataOptions } from "./commands/fetch-data.ts";
import type { FetchWeightsOptions } from "./commands/fetch-weights.ts";
import type { GradcheckOptions } from "./commands/gradcheck.ts";
import {
  amount,
  fileName,
  folderName,
  folderNames,
  heightAndWidth,
  number,
  positiveNumber,
  range,
  sha256,
  shape,
  shiftRange,
  wholeNumber,
  zoomRange,
} from "./commands/options.ts";
import type { PredictImagesOptions, Preprocessing } from "./commands/predict.ts";
import type { PrepareDataOptions } from "./commands/prepare-data.ts";
import type { PreviewOptions } from "./commands/preview.ts";
import type { ProfileOptions } from "./commands/profile.ts";
import type { RunOptions } from "./commands/run.ts";
import type { SummaryOptions } from "./commands/summary.ts";
import type { TuneOptions } from "./commands/tune.ts";
import { DRAWN_PETS } from "./experiments/defaults.ts";
import type { BasePreprocessing, ValidationMode } from "./experiments/experiment.ts";
import { EXPERIMENTS } from "./experiments/index.ts";
import { heedClosedPipes, Interrupted } from "./interruption.ts";
import { versions } from "./report/versions.ts";

/** Columns of a help text. */
const HELP_WIDTH = 80;
const USAGE_ERROR = 2;

const KERNELS = {
  auto: "the fastest known for this class of device",
  tuned: "the fastest measured on this device",
  naive: "those that read like their equations",
  registers: "register blocks",
  subgroups: "lanes share what they read",
  winograd: "3×3 filters with fewer multiplications",
  tiles: "workgroup memory, for GPUs",
  "half-tiles": "the same in float16, with --precision mixed",
  matrices: "by subgroup matrices, with --precision mixed",
} satisfies Record<KernelChoice, string>;
/** Those whose gradients differences can check: with rounded factors they would be differences of the rounding. */
const EXACT_KERNELS = Object.keys(KERNELS).filter((name) => name !== "half-tiles" && name !== "matrices");
const PRECISIONS = {
  float32: "all of it",
  mixed: "products of numbers rounded to float16, by kernels for GPUs",
} satisfies Record<Precision, string>;
const VALIDATION = {
  full: "all pictures, the default",
  rolling: "--validation-steps batches, going on where the last one ended, as Keras 2",
  restart: "always the same ones, as Keras 3",
} satisfies Record<ValidationMode, string>;
const BASE_PREPROCESSING = {
  lecture: "0 to 1",
  caffe: "BGR, minus ImageNet's mean",
  tf: "-1 to 1",
  torch: "minus the mean, over the deviation",
} satisfies Record<BasePreprocessing, string>;
const BAD_PICTURES = {
  throw: "one that cannot be read ends the run when it is met",
  check: "all are read first, and all bad ones named",
  skip: "all are read first, and bad ones left out",
} satisfies Record<OnBadPicture, string>;
const textOf = (choices: Readonly<Record<string, string>>): string =>
  Object.entries(choices)
    .map(([name, what]) => `${name}: ${what}`)
    .join("; ");

/** What `data check` finds, for help and refusals that do not load it. */
const FINDING_KINDS = [
  "unreadable",
  "empty",
  "truncated",
  "too-large",
  "undecodable",
  "mislabelled",
  "duplicate",
] satisfies FindingKind[];

const FILL_MODES = ["nearest", "constant", "reflect", "wrap", "mirror", "grid-wrap"] satisfies FillMode[];

const INTERPOLATIONS = [
  "nearest",
  "bilinear",
  "bicubic",
  "box",
  "hamming",
  "lanczos",
] satisfies Interpolation[];

/** The networks of Keras, for help and refusals that do not load them. */
const APPLICATIONS = [
  "vgg16",
  "vgg19",
  "resnet50",
  "mobilenet",
  "xception",
  "inception-v3",
] satisfies ApplicationName[];

const WRITABLE_FORMATS = ["h5", "weights-h5", "safetensors", "tfjs"] satisfies WritableFormat[];

const PREPROCESSING = {
  ...BASE_PREPROCESSING,
  none: "0 to 255",
} satisfies Record<Preprocessing, string>;

const JSON_OPTION = ["--json", "for programs: one JSON object on standard output"] as const;

interface RaceCommandOptions {
  readonly against?: string;
  readonly kernels: KernelChoice;
  readonly json?: boolean;
}

interface JsonOption {
  readonly json?: boolean;
}

/** The whole command line. A command's code is loaded when it is called: help and refusals come at once. */
function program(): Command {
  const convscope = new Command("convscope")
    .exitOverride() // to throw, and not to end the process: of all sub-commands, too
    .description("Convolutional networks trained on WebGPU, in the open.")
    .version(versions().convscope)
    .showHelpAfterError("(--help shows what there is)")
    .configureHelp({ helpWidth: HELP_WIDTH });
  convscope.addHelpText(
    "after",
    examples("convscope doctor", "convscope list", "convscope run small-cnn --epochs 4"),
  );

  addCommand(convscope, "doctor")
    .description("what the WebGPU device is, what it allows, and whether it computes correctly")
    .option(...JSON_OPTION)
    .addHelpText("after", examples("convscope doctor --json"))
    .action(async (options: JsonOption) => (await import("./commands/doctor.ts")).doctor(options));

  const data = addCommand(convscope, "data").description("data sets");
  addCommand(data, "draw")
    .description("draw cats and dogs into JPEG files, in the lecture's folders: the default data")
    .argument("[folder]", "where to; new, empty, or drawn before", folderName, DRAWN_PETS)
    .option("--train <n>", "training pictures per class", wholeNumber(1, 1e6), 1000)
    .option("--validation <n>", "validation pictures per class", wholeNumber(0, 1e6), 500)
    .option("--test <n>", "test pictures per class", wholeNumber(0, 1e6), 500)
    .option("--seed <n>", "another seed, other pictures", wholeNumber(0), 0)
    .option("--workers <n>", "threads that draw (default: one per core)", wholeNumber(0, 256))
    .option(...JSON_OPTION)
    .addHelpText("after", examples("convscope data draw pets --train 100 --validation 50 --test 0"))
    .action(async (folder: string, options: DrawDataOptions) =>
      (await import("./commands/draw-data.ts")).drawData(folder, options),
    );

  addCommand(data, "prepare")
    .description("copy Kaggle's cats and dogs into the lecture's folders; again, it changes nothing")
    .argument("<source>", "the unpacked train.zip, or Microsoft's PetImages", folderName)
    .argument("<folder>", "where to", folderName)
    .option("--train <n>", "training pictures per class", wholeNumber(0, 1e6), 1000)
    .option("--validation <n>", "validation pictures per class", wholeNumber(0, 1e6), 500)
    .option("--test <n>", "test pictures per class", wholeNumber(0, 1e6), 500)
    .addOption(
      new Option("--link <how>", "links instead of copies: they take no space").choices(["hard", "symbolic"]),
    )
    .option("--force", "replace files of the same name and other content")
    .option(...JSON_OPTION)
    .addHelpText("after", examples("convscope data prepare dogs-vs-cats/train cats_and_dogs_small"))
    .action(async (source: string, folder: string, options: PrepareDataOptions) =>
      (await import("./commands/prepare-data.ts")).prepareData(source, folder, options),
    );

  addCommand(data, "fetch")
    .description("download a data set and unpack it: Microsoft's copy of Kaggle's cats and dogs")
    .argument("<folder>", "where to; new, empty, or fetched before", folderName)
    .option("--url <url>", "of another ZIP or tar.gz archive")
    .option("--sha256 <hex>", "what the archive's SHA-256 must be", sha256)
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `${examples("convscope data fetch cats-and-dogs", "convscope data prepare cats-and-dogs cats_and_dogs_small")}

Without --url some 800 MB come from download.microsoft.com. An interrupted
download goes on when the command is given again: until it is done, it lies in
<folder>.part. Without --sha256 nothing is compared; the SHA-256 is printed.`,
    )
    .action(async (folder: string, options: FetchDataOptions) =>
      (await import("./commands/fetch-data.ts")).fetchData(folder, options),
    );

  addCommand(data, "check")
    .description("which pictures cannot be read, have the wrong extension, or are there twice?")
    .argument("<folder>", "with pictures, at any depth", folderName)
    .option("--set-aside <folder>", "move them there; nothing is deleted or overwritten", folderName)
    .addOption(
      new Option("--set-aside-kinds <kind...>", "only these (default: all but mislabelled)").choices(
        FINDING_KINDS,
      ),
    )
    .option(
      "--workers <n>",
      "threads that decode pictures (default: one less than the cores)",
      wholeNumber(0, 256),
    )
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `${examples("convscope data check cats_and_dogs_small", "convscope data check cats_and_dogs_small --set-aside broken")}

Of pictures that are there twice, all but the first are set aside. The exit code
is 1 where pictures cannot be read; otherwise 0, with some there twice, too.`,
    )
    .action(async (folder: string, options: CheckDataOptions, command: Command) => {
      if (options.setAsideKinds && options.setAside === undefined) {
        command.error("error: --set-aside-kinds says what --set-aside moves: give both.");
      }
      await (await import("./commands/check-data.ts")).checkData(folder, options);
    });

  addCommand(convscope, "preview")
    .description("a sheet of augmented pictures, with what was drawn for each, as in the lecture")
    .argument("<picture>", "a picture, or a folder: then its first one", fileName)
    .option("--out <file>", "the sheet: .png or .svg", fileName, "preview.png")
    .addOption(
      new Option("--target-size <n>", "pixels: a number, or height,width")
        .argParser(heightAndWidth)
        .default([150, 150], "150"),
    )
    .addOption(
      new Option("--interpolation <which>", "how it is resized").choices(INTERPOLATIONS).default("nearest"),
    )
    .option("--count <n>", "draws of each picture", wholeNumber(1, 100), 4)
    .option("--columns <n>", "of the grid (default: as many as rows)", wholeNumber(1, 100))
    .option("--pictures <n>", "of a folder: the first ones", wholeNumber(1, 20), 1)
    .option("--rotation-range <degrees>", "to either side", amount, 40)
    .option("--width-shift-range <x>", "a fraction, pixels (5.5px), or a list", shiftRange, 0.2)
    .option("--height-shift-range <x>", "alike", shiftRange, 0.2)
    .option("--shear-range <degrees>", "to either side", amount, 0.2)
    .option("--zoom-range <x>", "z for 1-z to 1+z, or low,high", zoomRange, 0.2)
    .option("--channel-shift-range <x>", "added to all channels, to either side", amount, 0)
    .option("--brightness-range <low,high>", "factors", range)
    .option("--no-horizontal-flip", "never mirror left and right")
    .option("--vertical-flip", "mirror top and bottom, too")
    .addOption(
      new Option("--fill-mode <which>", "what stands outside").choices(FILL_MODES).default("nearest"),
    )
    .option("--cval <x>", "the value outside, for constant", number, 0)
    .addOption(
      new Option("--interpolation-order <n>", "of the warp")
        .choices(["0", "1", "2", "3", "4", "5"])
        .default(1)
        .argParser(wholeNumber(0, 5)),
    )
    .option("--seed <n>", "one seed, one sheet", wholeNumber(0), 0)
    .addOption(new Option("--compat <which>", "Keras 2's draws, centre and contrast").choices(["keras2"]))
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      examples(
        "convscope preview data/drawn-pets/train/cats --out sheet.png",
        "convscope preview cat.jpg --count 9 --seed 7 --brightness-range 0.5,1.5",
      ),
    )
    .action(async (path: string, options: PreviewOptions) =>
      (await import("./commands/preview.ts")).preview(path, options),
    );

  addCommand(convscope, "summary")
    .description("Keras's table of a model's layers")
    .argument("<model>", `small-cnn, ${APPLICATIONS.join(", ")}, or a model file`, fileName)
    .option("--no-top", "without the classifier")
    .option("--input-size <n>", "of the pictures: a number, or height,width", heightAndWidth)
    .addOption(alphaOption())
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      examples(
        "convscope summary small-cnn",
        "convscope summary vgg16 --no-top --input-size 150",
        "convscope summary model.h5",
      ),
    )
    .action(async (name: string, options: SummaryOptions, command: Command) => {
      const { checkSummary, summary } = await import("./commands/summary.ts");
      await refusing(command, () => checkSummary(name, options));
      await summary(name, options);
    });

  addCommand(convscope, "predict")
    .description("what a pretrained network, or a model of your own, sees in pictures")
    .argument("<image...>", "pictures")
    .requiredOption(
      "--model <model>",
      `${APPLICATIONS.join(", ")}, or a model file: .h5, .keras, model.json, .safetensors`,
      fileName,
    )
    .option("--weights <file>", "of the model (default: Keras's, downloaded once)", fileName)
    .addOption(alphaOption())
    .option("--input-size <n>", "of the pictures, where the model leaves it open", heightAndWidth)
    .option("--top <n>", "classes to show", wholeNumber(1, 1000), 5)
    .option("--class-index <file>", "Keras's imagenet_class_index.json", fileName)
    .addOption(
      new Option(
        "--preprocess <how>",
        `${textOf(PREPROCESSING)} (default: the network's own; of a file, by the model's name, else lecture)`,
      ).choices(Object.keys(PREPROCESSING)),
    )
    .addOption(
      new Option("--interpolation <which>", "how pictures are resized")
        .choices(INTERPOLATIONS)
        .default("bilinear"),
    )
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `${examples("convscope predict elephant.jpg --model mobilenet", "convscope predict cat.jpg dog.jpg --model pets.h5 --preprocess lecture")}

Names of classes are shown where a network for ImageNet is named, or
--class-index is given; else their numbers. With --weights and --class-index
nothing is downloaded.`,
    )
    .action(async (images: string[], options: PredictImagesOptions, command: Command) => {
      const { checkPredict, predict } = await import("./commands/predict.ts");
      await refusing(command, () => checkPredict(options));
      await predict(images, options);
    });

  const weights = addCommand(convscope, "weights").description("weights and model files");
  weights.addHelpText(
    "after",
    examples("convscope weights fetch vgg16 --no-top", "convscope weights inspect model.h5"),
  );
  addCommand(weights, "fetch")
    .description("download the weights that Keras has published for a network, once")
    .addArgument(weights.createArgument("<name>", "of the network").choices(APPLICATIONS))
    .option("--no-top", "without the classifier: a smaller file")
    .addOption(alphaOption())
    .option("--size <n>", "of mobilenet's pictures: 128, 160, 192 or 224", wholeNumber(1))
    .option("--folder <folder>", "where to (default: the user's cache folder)", folderName)
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `${examples("convscope weights fetch vgg16 --no-top", "convscope weights fetch mobilenet --alpha 0.25 --size 224")}

An interrupted download goes on when the command is given again. A file of
another MD5 than Keras names is not kept; for mobilenet it names none.`,
    )
    .action(async (name: ApplicationName, options: FetchWeightsOptions, command: Command) => {
      const { checkFetchWeights, fetchWeights } = await import("./commands/fetch-weights.ts");
      await refusing(command, () => checkFetchWeights(name, options));
      await fetchWeights(name, options);
    });
  addCommand(weights, "convert")
    .description("write a model file in another format: .h5, .safetensors or model.json")
    .argument("<in>", ".h5, .keras, model.json, .safetensors", fileName)
    .argument("<out>", "its name says the format", fileName)
    .addOption(new Option("--format <which>", "of <out>, whatever its name").choices(WRITABLE_FORMATS))
    .option("--force", "replace files that are there")
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `${examples("convscope weights convert model.keras model.h5", "convscope weights convert model.h5 web/model.json")}

An .h5 is the whole model where <in> has its layers, else weights alone;
weights-h5 is weights alone. A model.json has its weights in files beside it.
Files of Keras 1 and 3 are written in the layout of Keras 2.3.1. What there is
no place for is named.`,
    )
    .action(async (from: string, to: string, options: ConvertWeightsOptions, command: Command) => {
      const { checkConvertWeights, convertWeights } = await import("./commands/convert-weights.ts");
      await refusing(command, () => checkConvertWeights(to, options));
      await convertWeights(from, to, options);
    });
  addCommand(weights, "inspect")
    .description("what is in a model file, and whether it would load, or why not")
    .argument("<file>", ".h5, .keras, model.json, .safetensors", fileName)
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `${examples("convscope weights inspect model.h5", "convscope weights inspect model.h5 --json")}

Nothing in the file is executed. The exit code is 0 for a model file that would
not load, too, and 1 for what is none.`,
    )
    .action(async (file: string, options: JsonOption) =>
      (await import("./commands/inspect-weights.ts")).inspectWeights(file, options),
    );

  addCommand(convscope, "list")
    .description("the experiments of the lecture: question, claim, flags")
    .option(...JSON_OPTION)
    .action(async (options: JsonOption) => (await import("./commands/list.ts")).list(options));

  addCommand(convscope, "run")
    .description("run an experiment of the lecture, or go on with a run that was interrupted")
    .argument("[experiment]", `one of ${EXPERIMENTS.join(", ")}`)
    .option(
      "--resume <folder>",
      "of a run: it goes on to the same bits, with the arguments it began with; --epochs can be given anew",
      folderName,
    )
    .option(
      "--data <folder>",
      "with train, validation and test, each with a folder per class (default: drawn pets)",
      folderName,
    )
    .option("--epochs <n>", "how many in all", wholeNumber(1))
    .option("--steps-per-epoch <n>", "batches an epoch", wholeNumber(1))
    .addOption(new Option("--validation <which>", textOf(VALIDATION)).choices(Object.keys(VALIDATION)))
    .option("--validation-steps <n>", "batches a validation, for rolling and restart", wholeNumber(1))
    .option("--batch-size <n>", "pictures a step", wholeNumber(1))
    .option("--learning-rate <x>", "of RMSprop", positiveNumber)
    .option("--seed <n>", "for weights and order; one seed, one result", wholeNumber(0))
    .option(
      "--checkpoint-steps <n>",
      "save after every so many steps, too, not only each epoch",
      wholeNumber(1),
    )
    .addOption(new Option("--base <name>", "the pretrained network").choices(APPLICATIONS))
    .addOption(new Option("--alpha <x>", "mobilenet's width: 0.25, 0.5, 0.75 or 1").argParser(positiveNumber))
    .option("--weights <file>", "of the base (default: Keras's, downloaded once)", fileName)
    .addOption(
      new Option(
        "--preprocess <how>",
        `${textOf(BASE_PREPROCESSING)} (default: lecture for vgg, else the network's own)`,
      ).choices(Object.keys(BASE_PREPROCESSING)),
    )
    .option("--from <path>", "the run, or the model file, to start from", fileName)
    .option("--runs <folder...>", "of the runs to compare (default: all in runs)", folderNames)
    .addOption(new Option("--kernels <which>", textOf(KERNELS)).choices(Object.keys(KERNELS)))
    .addOption(new Option("--precision <which>", textOf(PRECISIONS)).choices(Object.keys(PRECISIONS)))
    .option(
      "--workers <n>",
      "threads that decode pictures (default: one less than the cores)",
      wholeNumber(0, 256),
    )
    .addOption(new Option("--bad-pictures <what>", textOf(BAD_PICTURES)).choices(Object.keys(BAD_PICTURES)))
    .option(
      "--out <folder>",
      "for model, report, curves, history; new or empty (default: runs/<experiment>, or the next free number)",
      folderName,
    )
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `${examples(
        "convscope run small-cnn --data cats_and_dogs_small",
        "convscope run extract-features --data cats_and_dogs_small --base mobilenet",
        "convscope run --resume runs/small-cnn",
      )}

Each experiment has flags of its own, with the lecture's values: convscope list.`,
    )
    .action(async (name: string | undefined, options: RunOptions, command: Command) => {
      const { run } = await import("./commands/run.ts");
      await refusing(command, () => run(name, options));
    });

  addCommand(convscope, "profile")
    .description("where a training step spends its time, kernel by kernel")
    .addArgument(experiment(convscope))
    .option("--steps <n>", "steps to time, after the first ones", wholeNumber(1, 1000), 5)
    .option("--batch-size <n>", "pictures a step", wholeNumber(1), 20)
    .addOption(kernelsOption())
    .addOption(precisionOption())
    .option("--trace <file>", "for chrome://tracing and ui.perfetto.dev, as JSON", fileName)
    .option(...JSON_OPTION)
    .addHelpText("after", examples("convscope profile small-cnn --trace trace.json"))
    .action(async (_: string, options: ProfileOptions) =>
      (await import("./commands/profile.ts")).profile(options),
    );

  addCommand(convscope, "gradcheck")
    .description("are the gradients right on this device? each op, by each of its kernels")
    .addOption(
      new Option("--kernels <which...>", "only these (default: each variant)").choices(EXACT_KERNELS),
    )
    .option("--op <name...>", "only these ops (default: all)")
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      examples("convscope gradcheck", "convscope gradcheck --op conv2d dense --kernels auto"),
    )
    .action(async (options: GradcheckOptions, command: Command) => {
      const { gradcheck, opNames } = await import("./commands/gradcheck.ts");
      const unknown = options.op?.find((name) => !opNames.includes(name));
      if (unknown) command.error(`error: unknown op '${unknown}'. There are ${opNames.join(", ")}.`);
      await gradcheck(options);
    });

  addCommand(convscope, "tune")
    .description("measure which kernels are the fastest on this device, for --kernels tuned")
    .addArgument(experiment(convscope).default("small-cnn").argOptional())
    .option("--batch-size <n>", "pictures a step: as many as in your training", wholeNumber(1), 20)
    .addOption(precisionOption())
    .option(...JSON_OPTION)
    .addHelpText("after", examples("convscope tune", "convscope run small-cnn --kernels tuned"))
    .action(async (_: string, options: TuneOptions) => (await import("./commands/tune.ts")).tune(options));

  const explain = addCommand(convscope, "explain").description(
    "which kernels run for an op at given sizes: candidates, choice, launches, cost, WGSL",
  );
  explain.addHelpText("after", examples("convscope explain dense --input 20,6272 --units 512"));
  explained(explain, "conv2d", "a convolution", "forward", "backwardInput", "backwardFilter")
    .requiredOption("--filters <n>", "output channels", wholeNumber(1))
    .requiredOption("--kernel-size <n>", "of the filters: a number, or height,width", heightAndWidth)
    .option("--strides <n>", "a number, or height,width (default: 1)", heightAndWidth)
    .option("--dilation <n>", "a number, or height,width (default: 1)", heightAndWidth)
    .addOption(padding())
    .addHelpText(
      "after",
      examples("convscope explain conv2d --input 20,37,37,256 --filters 256 --kernel-size 3"),
    )
    .action(async (options: ExplainConv2dOptions) =>
      (await import("./commands/explain.ts")).explainConv2d(options),
    );
  explained(explain, "dense", "a dense layer", "forward", "backwardInput", "backwardWeights")
    .requiredOption("--units <n>", "output values", wholeNumber(1))
    .addHelpText("after", examples("convscope explain dense --input 20,6272 --units 512 --pass all"))
    .action(async (options: ExplainDenseOptions) =>
      (await import("./commands/explain.ts")).explainDense(options),
    );
  explained(explain, "maxpool2d", "a max-pooling", "forward", "backward")
    .requiredOption("--pool-size <n>", "of the windows: a number, or height,width", heightAndWidth)
    .option("--strides <n>", "a number, or height,width (default: the pool size)", heightAndWidth)
    .addOption(padding())
    .addHelpText("after", examples("convscope explain maxpool2d --input 20,148,148,32 --pool-size 2"))
    .action(async (options: ExplainMaxPool2dOptions) =>
      (await import("./commands/explain.ts")).explainMaxPool2d(options),
    );

  addCommand(convscope, "race")
    .description("our kernels against other libraries, on this device: first checked, then timed in turns")
    .argument(
      "[workload...]",
      "which ones, or the beginnings of their names: train-step, predict, head-step, a layer of the small CNN (conv1 … conv4, pool1 … pool4, dense1, dense2) or one pass of it (conv2.backwardInput), vgg16-forward, vgg16-forward-1, fine-tune-step, a block of VGG16 (block1 … block5), augment (default: the small CNN's)",
    )
    .option(
      "--against <names>",
      "libraries, with commas: tfjs-webgpu, tfjs-wasm, tfjs-cpu, jax-js, jax-js-wasm, ort-web (default: those that do well in a workload)",
    )
    .addOption(kernelsOption())
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      examples("convscope race", "convscope race conv2 predict --against tfjs-webgpu,jax-js"),
    )
    .action(async (names: string[], { against, ...options }: RaceCommandOptions, command: Command) => {
      const { selectOpponents, selectWorkloads } = await import("./race/select.ts");
      const chosen = await refusing(command, () => ({
        workloads: selectWorkloads(names),
        against: selectOpponents(against),
      }));
      await (await import("./commands/race.ts")).race({ ...options, ...chosen });
    });

  return convscope;
}

/** A sub-command of `explain`, with the options of every op. */
const explained = (explain: Command, op: string, what: string, ...passes: string[]): Command =>
  addCommand(explain, op)
    .description(`which kernels run for ${what}`)
    .requiredOption("--input <shape>", "of x, the batch first: 20,37,37,256", shape)
    .addOption(new Option("--pass <which>", "of training").choices([...passes, "all"]).default("forward"))
    .addOption(kernelsOption())
    .addOption(precisionOption())
    .option("--wgsl", "only the WGSL, as it is compiled")
    .option(...JSON_OPTION);

const alphaOption = () =>
  new Option("--alpha <x>", "mobilenet's width: 0.25, 0.5, 0.75 or 1 (default: 1)").argParser(positiveNumber);

const kernelsOption = () =>
  new Option("--kernels <which>", textOf(KERNELS)).choices(Object.keys(KERNELS)).default("auto");

const precisionOption = () =>
  new Option("--precision <which>", textOf(PRECISIONS)).choices(Object.keys(PRECISIONS)).default("float32");

const padding = () =>
  new Option("--padding <which>", "as Keras pads").choices(["valid", "same"]).default("valid");

/** A sub-command that reports its errors as the program does, by throwing. */
const addCommand = (parent: Command, name: string): Command =>
  parent.command(name).copyInheritedSettings(parent);

/** Does what reads arguments: where it throws a RangeError, the command was called wrongly. */
async function refusing<T>(command: Command, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RangeError) command.error(`error: ${error.message}`);
    throw error;
  }
}

/** The model of which a training step is measured. */
const experiment = (command: Command) =>
  command.createArgument("<experiment>", "whose training step").choices(["small-cnn"]);

const examples = (...lines: string[]) => `\n${["Examples:", ...lines.map((line) => `  ${line}`)].join("\n")}`;

/**
 * Runs the command line. Errors are told in one line on standard error; `CONVSCOPE_STACK=1` shows where they came from.
 * @returns the exit code: 0; 1 where it failed; 2 where it was called wrongly; 128 and more where it was interrupted
 */
export async function main(args: readonly string[]): Promise<number> {
  heedClosedPipes();
  try {
    await program().parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
    if (error instanceof Interrupted && error.isQuiet) return error.exitCode;
    const isNoisy = process.env.CONVSCOPE_STACK === "1";
    console.error(isNoisy ? error : `convscope: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof Interrupted ? error.exitCode : 1;
  }
}
