import { Command, CommanderError, Option } from "commander";
import { doctor } from "./commands/doctor.ts";
import { drawData } from "./commands/draw-data.ts";
import { positiveNumber, wholeNumber } from "./commands/options.ts";
import { DRAWN_PETS, type RunOptions, runSmallCnn } from "./commands/run-small-cnn.ts";
import { buildSmallCnn } from "./experiments/small-cnn.ts";
import { versions } from "./report/versions.ts";

const smallCnn = (command: Command) =>
  command.addArgument(command.createArgument("<experiment>", "which one").choices(["small-cnn"]));

function program(): Command {
  const convscope = new Command("convscope")
    .description("Convolutional networks trained on WebGPU, in the open.")
    .version(versions().convscope)
    .showHelpAfterError("(--help shows what there is)")
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 80, 100) });

  convscope
    .command("doctor")
    .description("what the WebGPU device is, what it allows, and whether it computes correctly")
    .option("--json", "for programs")
    .action(doctor);

  const data = convscope.command("data").description("data sets");
  data
    .command("draw")
    .description("draw cats and dogs into JPEG files, in the lecture's folders: the default data")
    .argument("[folder]", "where to", DRAWN_PETS)
    .option("--train <n>", "training pictures a class", wholeNumber(1), 1000)
    .option("--validation <n>", "validation pictures a class", wholeNumber(0), 500)
    .option("--test <n>", "test pictures a class", wholeNumber(0), 500)
    .option("--seed <n>", "another seed, other pictures", wholeNumber(0), 0)
    .option("--workers <n>", "threads that draw (default: one per core)", wholeNumber(0))
    .action(drawData);

  smallCnn(convscope.command("summary"))
    .description("Keras's table of a model's layers")
    .action(() => buildSmallCnn().summary());

  smallCnn(convscope.command("run"))
    .description("run an experiment of the lecture")
    .option("--data <folder>", "with train and validation, each with a folder a class (default: drawn pets)")
    .option("--epochs <n>", "how many (default: 30; 4 on drawn pets)", wholeNumber(1))
    .option("--steps-per-epoch <n>", "batches an epoch (default: all pictures once)", wholeNumber(1))
    .option("--validation-steps <n>", "batches a validation (default: all pictures once)", wholeNumber(1))
    .option("--batch-size <n>", "pictures a step", wholeNumber(1), 20)
    .option("--learning-rate <x>", "of RMSprop", positiveNumber, 1e-4)
    .option("--seed <n>", "for weights and order; one seed, one result", wholeNumber(0), 0)
    .addOption(
      new Option(
        "--kernels <which>",
        "naive: the kernels that read like their equations; auto: the fastest known",
      )
        .choices(["naive", "auto"])
        .default("auto"),
    )
    .option(
      "--workers <n>",
      "threads that decode pictures (default: one less than the cores)",
      wholeNumber(0),
    )
    .option("--out <folder>", "for curves and history (default: runs/small-cnn, or the next free number)")
    .action((_experiment: string, options: RunOptions) => runSmallCnn(options));

  for (const command of convscope.commands) command.copyInheritedSettings(convscope);
  return convscope;
}

/**
 * Runs the command line. Errors are told in one line on standard error; `CONVSCOPE_STACK=1` shows where they came from.
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const convscope = program().exitOverride();
    const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
    for (const command of all(convscope)) command.exitOverride();
    await convscope.parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const isNoisy = process.env.CONVSCOPE_STACK === "1";
    console.error(isNoisy ? error : `convscope: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}
