import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AdapterInfo, VariantName } from "@convscope/kernels";
import type { ClaimRow, RunFlags } from "../experiments/experiment.ts";
import type { Waiting } from "../experiments/feed.ts";
import { jsonText } from "../output.ts";
import type { RunState } from "./report-data.ts";
import type { RunFolder } from "./run-folder.ts";
import { versions } from "./versions.ts";

/** From a start, or a `--resume`, to an end of whatever kind. */
export interface Sitting {
  readonly startedAt: string;
  readonly command: string;
  /** Where it began. */
  readonly epoch: number;
  readonly step: number;
  readonly seconds: number;
  readonly device?: string;
}

/** What is known of a run: the content of `run.json`. What changes its result is in `arguments`, and nowhere else. */
export interface RunJson {
  readonly experiment: string;
  readonly arguments: Partial<RunFlags>;
  readonly seed?: number;
  /** That began it. */
  readonly command: string;
  /** In which it ran: paths among the arguments are relative to it. */
  readonly workingFolder: string;
  readonly state: RunState;
  /** Why it did not finish. */
  readonly reason?: string;
  /** Finished epochs. */
  readonly epochs: number;
  readonly startedAt: string;
  /** Of all sittings. */
  readonly seconds: number;
  readonly sittings: readonly Sitting[];
  readonly versions: ReturnType<typeof versions>;
  readonly adapter?: AdapterInfo;
  /** The key of the measured choices that ran; null where there were none. */
  readonly tuning?: string | null;
  /** Which variant of each pass ran, by pass and sizes; it grows as the run goes. */
  readonly variants?: Readonly<Record<string, VariantName>>;
  /** Of the model. */
  readonly parameters?: number;
  /** How long the last sitting waited for its pictures. */
  readonly waiting?: Waiting;
  /** What a reader must know to judge the numbers. */
  readonly notes: readonly string[];
  readonly measured?: string;
  readonly rows?: readonly ClaimRow[];
  /** Loss and accuracy on the test pictures. */
  readonly test?: Readonly<Record<string, number>>;
}

const RUN_FILE = "run.json";

/** @throws where the folder is not that of a run that can go on */
export async function readRun(folder: string): Promise<RunJson> {
  const path = join(folder, RUN_FILE);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new Error(
      `[run] ${folder} is not the folder of a run: there is no ${RUN_FILE} in it. Nothing was saved there yet, or it is another folder.`,
      { cause: error },
    );
  }
  try {
    const run = JSON.parse(text) as RunJson;
    if (typeof run.experiment === "string" && run.arguments && Array.isArray(run.sittings)) return run;
  } catch (error) {
    throw new Error(`[run] ${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new Error(
    `[run] ${path} does not say how its run began: it is of another version, or of another program.`,
  );
}

/** A command as one types it. */
export const commandOf = (...words: string[]): string => ["convscope", ...words.map(quoted)].join(" ");

/** The command that is being executed. */
const commandNow = (): string => commandOf(...process.argv.slice(2));

/** As a shell takes it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** Keeps `run.json`: what a run is, and how it went so far. */
export class RunRecord {
  readonly #folder: RunFolder;
  readonly #began = performance.now();
  readonly #earlier: RunJson | undefined;
  #run: RunJson;

  /** @param earlier of a run that goes on */
  constructor(folder: RunFolder, experiment: string, flags: Partial<RunFlags>, earlier?: RunJson) {
    this.#folder = folder;
    this.#earlier = earlier;
    const startedAt = new Date().toISOString();
    this.#run = {
      experiment,
      arguments: flags,
      ...(flags.seed !== undefined && { seed: flags.seed }),
      command: earlier?.command ?? commandNow(),
      workingFolder: earlier?.workingFolder ?? process.cwd(),
      state: "running",
      epochs: earlier?.epochs ?? 0,
      startedAt: earlier?.startedAt ?? startedAt,
      seconds: earlier?.seconds ?? 0,
      sittings: [
        ...(earlier?.sittings ?? []),
        { startedAt, command: commandNow(), epoch: 0, step: 0, seconds: 0 },
      ],
      versions: versions(),
      notes: earlier?.notes ?? [],
    };
  }

  /** As it is now. */
  get run(): RunJson {
    const seconds = (performance.now() - this.#began) / 1000;
    const sittings = this.#run.sittings.with(-1, { ...this.#sitting, seconds });
    return { ...this.#run, seconds: (this.#earlier?.seconds ?? 0) + seconds, sittings };
  }

  get #sitting(): Sitting {
    return this.#run.sittings[this.#run.sittings.length - 1];
  }

  /** Notes something; `save` writes it. */
  set(values: Partial<RunJson>): void {
    this.#run = { ...this.#run, ...values };
  }

  /** Notes where and on what the sitting began. */
  setSitting(values: Pick<Sitting, "epoch" | "step" | "device">): void {
    this.#run = { ...this.#run, sittings: this.#run.sittings.with(-1, { ...this.#sitting, ...values }) };
  }

  /** Keeps what a reader must know, once. */
  note(line: string): void {
    if (!this.#run.notes.includes(line)) this.set({ notes: [...this.#run.notes, line] });
  }

  async save(): Promise<void> {
    await this.#folder.write(RUN_FILE, jsonText(this.run));
  }
}
