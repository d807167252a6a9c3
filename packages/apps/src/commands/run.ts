import { relative, resolve } from "node:path";
import { type AnyExperiment, optionOf, type RunFlags } from "../experiments/experiment.ts";
import { type Experiments, experiments } from "../experiments/index.ts";
import { Session, type SessionOptions } from "../experiments/session.ts";
import { interruptible } from "../interruption.ts";
import { Output } from "../output.ts";
import { RunFolder } from "../report/run-folder.ts";
import { readRun } from "../report/run-record.ts";

/** What was given on the command line, and nothing else. */
export interface RunOptions extends Partial<RunFlags> {
  readonly out?: string;
  readonly resume?: string;
  readonly json?: boolean;
}

/**
 * Does an experiment, or goes on with one.
 * @param known default: those of the lecture
 * @throws RangeError where it was asked for wrongly
 */
export async function run(
  name: string | undefined,
  { json, ...options }: RunOptions,
  known: Experiments = experiments,
): Promise<void> {
  const output = new Output(json ?? false);
  const asked =
    options.resume === undefined
      ? await askedFor(name, options, known)
      : await toGoOn(name, options, known, output);
  if (!asked) return;
  await interruptible(async (signal) => {
    const session = new Session({ ...asked, output, signal });
    try {
      await session.experiment.run(session.context);
    } finally {
      await session.close();
    }
  });
}

type Asked = Omit<SessionOptions, "output" | "signal">;

async function askedFor(
  name: string | undefined,
  { out, resume: _, ...given }: RunOptions,
  known: Experiments,
): Promise<Asked> {
  if (name === undefined) {
    throw new RangeError(`name an experiment (${namesOf(known)}), or a run to go on with: --resume.`);
  }
  const experiment = await experimentOf(name, known);
  checkFlags(experiment, given);
  return { experiment, flags: { ...experiment.defaults, ...given }, ...(out !== undefined && { out }) };
}

/** @returns undefined where the run is finished: that was said */
async function toGoOn(
  name: string | undefined,
  { resume = "", ...options }: RunOptions,
  known: Experiments,
  output: Output,
): Promise<Asked | undefined> {
  const folder = await RunFolder.reopen(resume);
  let asked: Asked | undefined;
  try {
    asked = await asItBegan(folder, name, options, known, output);
    return asked;
  } finally {
    if (!asked) await folder.close();
  }
}

async function asItBegan(
  folder: RunFolder,
  name: string | undefined,
  { epochs, ...others }: RunOptions,
  known: Experiments,
  output: Output,
): Promise<Asked | undefined> {
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new RangeError(
      `${optionOf(other)} cannot be changed with --resume: a run goes on as it began; only --epochs can be given.`,
    );
  }
  const earlier = await readRun(folder.path);
  if (name !== undefined && name !== earlier.experiment) {
    throw new RangeError(`${folder.path} holds a run of ${earlier.experiment}, not of ${name}.`);
  }
  const experiment = await experimentOf(earlier.experiment, known);
  if (epochs !== undefined) checkFlags(experiment, { epochs });
  const { arguments: began, workingFolder } = earlier;
  const flags: Partial<RunFlags> = {
    ...experiment.defaults,
    ...began,
    ...Object.fromEntries(
      (["data", "weights", "from"] as const)
        .filter((path) => began[path] !== undefined)
        .map((path) => [path, relative("", resolve(workingFolder, began[path]!))]),
    ),
    ...(epochs !== undefined && { epochs }),
  };
  if (earlier.state === "finished" && earlier.epochs >= (flags.epochs ?? 0)) {
    output.say(
      `${folder.path} is finished: ${earlier.epochs} epochs. --epochs ${earlier.epochs + 1} or more goes further.`,
    );
    output.result({ ...earlier, folder: folder.path, files: await folder.files() });
    return undefined;
  }
  return { experiment, flags, resumed: { folder, run: earlier } };
}

async function experimentOf(name: string, known: Experiments): Promise<AnyExperiment> {
  if (Object.hasOwn(known, name)) return (await known[name]()).default;
  throw new RangeError(`there is no experiment ${name}. There are ${namesOf(known)}.`);
}

const namesOf = (known: Experiments): string => Object.keys(known).join(", ");

/** @throws for a flag that the experiment does not know, or that would do nothing */
function checkFlags({ name, defaults }: AnyExperiment, given: Partial<RunFlags>): void {
  const unknown = Object.keys(given).find((flag) => !Object.hasOwn(defaults, flag));
  if (unknown !== undefined) {
    throw new RangeError(
      `${name} has no ${optionOf(unknown)}. It has ${Object.keys(defaults).map(optionOf).join(", ")}.`,
    );
  }
  const { validation = defaults.validation, validationSteps } = given;
  if (validation === "full" && validationSteps !== undefined) {
    throw new RangeError(
      "--validation-steps is of --validation rolling and restart; full takes all pictures.",
    );
  }
}
