import type { NdArray } from "@convscope/kernels";
import type { Model, Sequential } from "@convscope/layers";
import type { Output } from "../output.ts";
import { writeHistory } from "../report/history-files.ts";
import { findMistakes, type Predictions } from "../report/mistakes.ts";
import { predictionsCsv } from "../report/predictions-csv.ts";
import type { RunFolder } from "../report/run-folder.ts";
import type { RunRecord } from "../report/run-record.ts";
import type { TrainingHistory } from "../report/training-history.ts";
import { COLUMNS, wrapped } from "../report/wrapped.ts";
import type { Feeds, Results, Samples, Trained, Training } from "./experiment.ts";
import { answerOf, writeReport } from "./report.ts";
import type { Session } from "./session.ts";

interface Finished {
  readonly folder: RunFolder;
  readonly record: RunRecord;
  readonly feeds: Feeds;
  readonly model: Sequential | Model;
  readonly history: TrainingHistory;
  /** Keras's table. */
  readonly summary: string;
}

/** After the last epoch: asks the model about every picture, says what came out beside what was claimed, writes the report. */
export async function finish(session: Session, training: Training, finished: Finished): Promise<Trained> {
  const { folder, record, feeds, model, history } = finished;
  const { experiment, output, signal } = session;
  const splits: Predictions[] = [];
  const test = await feeds.test?.();
  for (const [split, samples] of [
    ["validation", feeds.validation],
    ["test", test],
  ] as const) {
    if (samples) splits.push(await predictionsOn(split, samples, model, signal));
  }
  await folder.write("predictions.csv", predictionsCsv(splits));

  const tested = splits.find(({ split }) => split === "test");
  const results: Results = { history: history.history, ...(tested && { test: scoresOf(tested) }) };
  const { measured, rows } = answerOf(training, results);
  record.set({ state: "finished", measured, rows, ...(results.test && { test: results.test }) });
  await writeHistory(folder, history);
  await writeReport(session, training, {
    ...finished,
    test,
    results,
    mistakes: await Promise.all(splits.map(findMistakes)),
  });
  await record.save();

  output.say("");
  sayBeside(output, [
    ["Question:", experiment.question],
    ["Lecture:", experiment.claim],
    ["Measured:", measured],
  ]);
  output.say("");
  const width = Math.max(...rows.map(({ what }) => what.length));
  const measuredWidth = Math.max("measured".length, ...rows.map((row) => row.measured.length));
  sayBeside(
    output,
    [{ what: "", measured: "measured", claimed: "claimed" }, ...rows].map((row): [string, string] => [
      `${row.what.padEnd(width)}  ${row.measured.padEnd(measuredWidth)} `,
      row.claimed,
    ]),
  );
  output.say("");
  output.say(`Report, curves, history and model are in ${folder.path}.`);
  const files = await folder.files();
  output.result({ ...record.run, folder: folder.path, files, history: history.history });
  return { ...results, folder };
}

/** Texts beside their titles, each in as many lines as it takes. */
function sayBeside(output: Output, texts: readonly (readonly [title: string, text: string])[]): void {
  const indent = Math.max(...texts.map(([title]) => title.length)) + 1;
  for (const [title, text] of texts) {
    wrapped(text, COLUMNS - indent).forEach((line, i) => {
      output.say(`${(i === 0 ? title : "").padEnd(indent)}${line}`);
    });
  }
}

/** What the model says of every picture, in the order of the files. */
async function predictionsOn(
  split: string,
  samples: Samples,
  model: Sequential | Model,
  signal: AbortSignal,
): Promise<Predictions> {
  if ("x" in samples) {
    const { data } = oneOutput(await model.predict(samples.x));
    return { split, pictures: samples.pictures, outputs: data };
  }
  let outputs = new Float32Array(0);
  let next = samples.batch(0, 0);
  for (let i = 0; i < samples.length; i++) {
    signal.throwIfAborted();
    const { x } = await next;
    if (i + 1 < samples.length) next = samples.batch(0, i + 1); // decoded while the device works
    const { shape, data } = oneOutput(await model.predictOnBatch(x));
    const width = data.length / shape[0];
    if (i === 0) outputs = new Float32Array(samples.filenames.length * width);
    for (const [row, picture] of Array.from(samples.indices(0, i)).entries()) {
      outputs.set(data.subarray(row * width, (row + 1) * width), picture * width);
    }
  }
  return { split, pictures: samples, outputs };
}

const oneOutput = (result: NdArray | NdArray[]): NdArray => (Array.isArray(result) ? result[0] : result);

/** What Keras's probabilities are kept away from 0 and 1 by. */
const EPSILON = 1e-7;

/** Loss and accuracy of a sigmoid's outputs, as `evaluate` would give them. */
function scoresOf({ pictures: { classes }, outputs }: Predictions): { loss: number; acc: number } {
  const count = classes.length;
  let [loss, right] = [0, 0];
  for (let i = 0; i < count; i++) {
    const isSecond = classes[i] === 1;
    const probability = Math.min(1 - EPSILON, Math.max(EPSILON, outputs[i]));
    loss -= Math.log(isSecond ? probability : 1 - probability);
    if (outputs[i] > 0.5 === isSecond) right++;
  }
  return { loss: loss / count, acc: right / count };
}
