/** A training from its first estimate to its report, through whatever interrupts it. */
import { plannedOnGpu } from "@convscope/data";
import type { Device } from "@convscope/kernels";
import type { Model, Sequential } from "@convscope/layers";
import { messageOf } from "@convscope/storage/message-of";
import { variantsSeen } from "../device.ts";
import { Interrupted } from "../interruption.ts";
import { estimateDuration } from "../plan/estimate-duration.ts";
import { checkPlan, planLines, planTraining } from "../plan/plan-training.ts";
import { writeHistory } from "../report/history-files.ts";
import type { RunFolder } from "../report/run-folder.ts";
import { commandOf, type RunRecord } from "../report/run-record.ts";
import type { TrainingHistory } from "../report/training-history.ts";
import {
  beginning,
  type Checkpoint,
  joined,
  loadCheckpointModel,
  positionText,
  readCheckpoint,
  saveCheckpoint,
} from "./checkpoint.ts";
import type { Feeds, Samples, Trained, Training } from "./experiment.ts";
import { Feed, waitingLine } from "./feed.ts";
import { finish } from "./finish.ts";
import { writeReport } from "./report.ts";
import type { Session } from "./session.ts";
import { validationOf } from "./validation.ts";

/** Trains as `training` says. A lost device is replaced once: a second one is no accident. */
export async function train(session: Session, training: Training): Promise<Trained> {
  const run = new TrainingRun(session, training, await session.folder(), await session.record());
  try {
    try {
      return await run.run();
    } catch (error) {
      if (session.signal.aborted || !(await session.isDeviceLost())) throw error;
      session.note(`${messageOf(error)} ${run.goesOn}`);
      await session.leaveDevice();
      return await run.run();
    }
  } catch (error) {
    await run.saveUnfinished(error);
    throw error;
  }
}

class TrainingRun {
  readonly #session: Session;
  readonly #training: Training;
  readonly #folder: RunFolder;
  readonly #record: RunRecord;
  #feeds: Feeds | undefined;
  /** The last that was saved. */
  #saved: Checkpoint | undefined;
  #stepsPerEpoch = 0;
  /** Keras's table of the model. */
  #summary = "";

  constructor(session: Session, training: Training, folder: RunFolder, record: RunRecord) {
    this.#session = session;
    this.#training = training;
    this.#folder = folder;
    this.#record = record;
  }

  /** What happens after the device was lost, in a sentence. */
  get goesOn(): string {
    const from = this.#saved
      ? `goes on from ${positionText(this.#saved.position, this.#stepsPerEpoch)}`
      : "begins anew";
    return `Another device is opened, and the run ${from}.`;
  }

  async run(): Promise<Trained> {
    const { flags, output } = this.#session;
    this.#feeds ??= await this.#training.open();
    const { training, validation } = this.#feeds;
    checkClasses(training, validation);
    const feed = "x" in training ? undefined : new Feed(training);
    const { batchSize = 32, epochs = 1 } = flags;
    const steps =
      "x" in training ? Math.ceil(training.x.shape[0] / batchSize) : (flags.stepsPerEpoch ?? training.length);
    this.#stepsPerEpoch = steps;

    const device = await this.#session.device();
    using model = await this.#model(device);
    const { position, history: before } = this.#saved ?? beginning(model.metricsNames.length);
    this.#record.set({
      adapter: device.adapter,
      tuning: device.tuning?.key ?? null,
      variants: variantsSeen(device),
      parameters: model.countParams(),
    });
    this.#record.setSitting({ epoch: position.epoch, step: position.step, device: device.adapter.name });
    this.#summary = "";
    model.summary({
      printFn: (line) => {
        this.#summary += `${line}\n`;
      },
    });
    output.write(this.#summary);
    const isOnDevice = "augmentOn" in training && training.augmentOn === "gpu";
    const plan = await planTraining({ model, device, batchSize, ...(isOnDevice && { x: plannedOnGpu }) });
    checkPlan(plan);
    for (const line of planLines(plan)) output.say(line);

    let history = before;
    if (position.epoch < epochs) {
      const validating = validationOf(validation, flags);
      for (const line of validating.lines) output.say(line);
      const estimate = await estimateDuration({
        model,
        device,
        training,
        validation,
        batchSize,
        epochs,
        stepsPerEpoch: steps,
        validationSteps: validating.steps,
        position,
        signal: this.#session.signal,
      });
      for (const line of estimate?.lines ?? []) output.say(line);
      this.#session.signal.throwIfAborted();
      // All that can be refused was by now: from here on there is something to go on with.
      if (!this.#saved) await this.#save(model, { position, history });
      feed?.seek(position.epoch * steps + position.step);
      validating.feed?.seek(position.epoch * validating.steps);
      const began = performance.now();
      const options = {
        epochs,
        position,
        ...validating.options,
        checkpointSteps: flags.checkpointSteps,
        signal: this.#session.signal,
        onCheckpoint: async (
          at: Checkpoint["position"],
          { epoch, history: values }: Checkpoint["history"],
        ) => {
          history = joined(before, { epoch, history: values });
          await this.#save(model, { position: at, history });
        },
        output,
      };
      if (feed) await model.fit(feed, { ...options, stepsPerEpoch: steps });
      else if ("x" in training) await model.fit(training.x, training.y, { ...options, batchSize });
      if (feed) {
        this.#record.set({ waiting: feed.waiting });
        output.say(waitingLine(feed.waiting, (performance.now() - began) / 1000));
      }
    }
    // Awaited here: the model is closed on the way out.
    return await finish(this.#session, this.#training, {
      folder: this.#folder,
      record: this.#record,
      feeds: this.#feeds,
      model,
      history,
      summary: this.#summary,
    });
  }

  /** The model of the last checkpoint; built where there is none. */
  async #model(device: Device): Promise<Sequential | Model> {
    const { flags, output, isResumed } = this.#session;
    const { path } = this.#folder;
    if (!this.#saved && isResumed && (await this.#folder.files()).includes("model.h5")) {
      const saved = await readCheckpoint(path);
      const at = positionText(saved.position, this.#stepsPerEpoch);
      const { epoch, step } = saved.position;
      const begun = step > 0 ? epoch + 1 : epoch;
      if (begun > (flags.epochs ?? 1)) {
        throw new Error(`[run] ${path} stands at ${at}: give --epochs ${begun} or more.`);
      }
      this.#saved = saved;
      output.say(`Going on from ${at}.`);
    }
    return this.#saved ? loadCheckpointModel(path, device) : this.#training.build(device);
  }

  /** Saves the model and where the run stands; then what follows from that. */
  async #save(model: Sequential | Model, checkpoint: Checkpoint): Promise<void> {
    const { position, history } = checkpoint;
    const isNewEpoch = history.epoch.length > (this.#saved?.history.epoch.length ?? 0);
    try {
      // run.json first: without it nothing goes on, and what it says of epochs is no more than a hint.
      if (!this.#saved) {
        await this.#record.save();
        await this.#training.keep?.();
      }
      await saveCheckpoint(this.#folder.path, model, checkpoint);
      this.#saved = checkpoint;
      this.#record.set({ epochs: position.epoch });
      if (isNewEpoch) {
        await writeHistory(this.#folder, history);
        await this.#report(history);
      }
      await this.#record.save();
    } catch (error) {
      if (await this.#session.isDeviceLost()) throw error;
      const where = positionText(position, this.#stepsPerEpoch);
      throw new Error(`[run] ${where} could not be saved: ${reasonOf(error)}`, { cause: error });
    }
  }

  async #report(history: TrainingHistory): Promise<void> {
    if (!this.#feeds) return;
    await writeReport(this.#session, this.#training, {
      folder: this.#folder,
      record: this.#record,
      feeds: this.#feeds,
      history,
      summary: this.#summary,
    });
  }

  /** What was saved stays; the error says where it is, and how the run goes on. */
  async saveUnfinished(error: unknown): Promise<void> {
    if (!this.#saved || !(error instanceof Error)) return;
    const state = error instanceof Interrupted ? "interrupted" : "failed";
    this.#record.set({ state, reason: error.message });
    try {
      await this.#report(this.#saved.history);
      await this.#record.save();
    } catch {
      // The disk may be full: model.h5 holds all that the run goes on with.
    }
    const { path } = this.#folder;
    const at = positionText(this.#saved.position, this.#stepsPerEpoch);
    error.message += ` Saved: ${at}, in ${path}. To go on: ${commandOf("run", "--resume", path)}`;
  }
}

/** Labels are numbers in order of the names: other names would mean other classes. @throws where they differ */
function checkClasses(training: Samples, validation: Samples): void {
  const [trained, validated] = [training, validation].map((samples) =>
    Object.keys(("x" in samples ? samples.pictures : samples).classIndices).join(", "),
  );
  if (trained === validated) return;
  throw new Error(`[run] train has the classes ${trained}, validation has ${validated}: give both the same.`);
}

/** A full disk is what it mostly is. */
const reasonOf = (error: unknown): string =>
  /ENOSPC|no space left/i.test(messageOf(error)) ? "no space left on the disk. Make room." : messageOf(error);
