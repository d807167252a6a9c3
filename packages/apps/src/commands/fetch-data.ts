import { type FetchDataSetOptions, type FetchProgress, fetchDataSet } from "@convscope/data";
import { interruptible } from "../interruption.ts";
import { Output } from "../output.ts";
import { durationText } from "../report/duration.ts";

export interface FetchDataOptions extends Pick<FetchDataSetOptions, "url" | "sha256"> {
  readonly json?: boolean;
}

/** The line of a terminal is redrawn so often at the most. */
const MILLISECONDS = 100;

/** Downloads and unpacks a data set. */
export async function fetchData(
  folder: string,
  { json = false, ...options }: FetchDataOptions,
): Promise<void> {
  const output = new Output(json);
  const line = progressLine();
  let shown = Number.NEGATIVE_INFINITY;
  const result = await interruptible((signal) =>
    fetchDataSet(folder, {
      ...options,
      signal,
      onProgress(progress) {
        const now = performance.now();
        const text = line(progress, now);
        if (now - shown < MILLISECONDS) return;
        shown = now;
        output.progress(text);
      },
      onRetry(reason, milliseconds) {
        output.progress();
        output.say(`${reason}; once more in ${milliseconds / 1000} s.`);
      },
    }),
  ).finally(() => output.progress());
  const { directory, ...rest } = result;
  output.result({ folder: directory, ...rest });
  output.say(
    result.isNew
      ? `${count(result.files)} file${result.files === 1 ? "" : "s"} in ${folder}, from ${megabytes(result.bytes)} of ${result.url}`
      : `${folder} holds this data set already: nothing was downloaded.`,
  );
  output.say(`SHA-256 ${result.sha256}`);
  if (!result.isVerified) {
    output.say("It was not checked against anything: a SHA-256 that you trust goes to --sha256.");
  }
}

/** Words for progress, with rate and time left; the rate is that of this call. */
export function progressLine(): (progress: FetchProgress, now: number) => string {
  let start: { readonly done: number; readonly now: number } | undefined;
  return ({ phase, done, total }, now) => {
    if (phase === "unpack") {
      return `Unpacking: ${count(done)}${total === undefined ? "" : ` of ${count(total)}`} files`;
    }
    start ??= { done, now };
    const rate = (done - start.done) / ((now - start.now) / 1000); // bytes a second
    const parts = [total === undefined ? megabytes(done) : `${megabytes(done)} of ${megabytes(total)}`];
    if (rate > 0 && Number.isFinite(rate)) {
      parts.push(`${megabytes(rate)}/s`);
      if (total !== undefined) parts.push(`${durationText((total - done) / rate)} left`);
    }
    return parts.join(", ");
  };
}

function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} MB`;
}

const count = (value: number) => value.toLocaleString("en");
