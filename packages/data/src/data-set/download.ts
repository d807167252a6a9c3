import { open, readFile, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../image/image-error.ts";
import { writeFailure, writeFileAtomically } from "../write-file.ts";

export interface DownloadOptions {
  /** Called with each piece: bytes there, and of how many, where the server says. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Called before each further try: why, and after which pause. */
  readonly onRetry?: (reason: string, milliseconds: number) => void;
  readonly signal?: AbortSignal;
  /** Tries that bring nothing until it gives up; default 5. */
  readonly tries?: number;
  /** The pause after a failure; it doubles with the next ones, up to half a minute. Default 1000. */
  readonly pauseMilliseconds?: number;
  /** Without a byte for so long, the connection counts as broken; default 60000. */
  readonly stallMilliseconds?: number;
}

/** What is known of the file of which a part is here; kept beside it. */
interface State {
  readonly url: string;
  /** Tells the server's file from a later one under the same URL: an ETag, or a date. */
  readonly validator?: string;
  readonly total?: number;
}

const LONGEST_PAUSE = 30_000;

/** A failure that another try does not mend. */
class Refusal extends Error {}

/** A failure that one may. */
class Failure extends Error {
  /** What the server asks for. */
  readonly pauseMilliseconds: number | undefined;

  constructor(message: string, pauseMilliseconds?: number, options?: ErrorOptions) {
    super(message, options);
    this.pauseMilliseconds = pauseMilliseconds;
  }
}

/**
 * Downloads into a file; what was interrupted goes on where it was, if the server still has the same file (HTTP's Range
 * and If-Range), and begins anew if it does not. Beside the file lies `<path>.json` with what is known of it.
 * @returns the size in bytes
 * @throws for answers like 404 at once; for broken connections after some tries. The part stays, for the next call.
 */
export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<number> {
  const { onRetry, signal, tries = 5, pauseMilliseconds = 1000 } = options;
  checkUrl(url);
  let state = await readState(url, path);
  let failures = 0;
  for (;;) {
    const before = await sizeOf(path);
    if (state?.total !== undefined && before === state.total) return before;
    try {
      state = await attempt(url, path, before, state, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Failure)) throw error;
      const after = await sizeOf(path);
      failures = after > before ? 1 : failures + 1;
      if (failures >= tries) {
        const kept =
          after > 0
            ? ` ${after.toLocaleString("en")} bytes are kept in ${path}: the same call goes on there.`
            : "";
        throw new Error(`[download] ${url}: ${error.message}, ${tries} times.${kept}`, { cause: error });
      }
      const pause =
        error.pauseMilliseconds ?? Math.min(pauseMilliseconds * 2 ** (failures - 1), LONGEST_PAUSE);
      onRetry?.(error.message, pause);
      await sleep(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
      state = await readState(url, path);
      continue;
    }
    return await sizeOf(path);
  }
}

/** Removes what `download` left. */
export async function removeDownload(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(stateFile(path), { force: true });
}

const stateFile = (path: string): string => `${path}.json`;

function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new Error(
      `[download] ${JSON.stringify(url)} is not a URL of the web; http:// or https:// was needed.`,
    );
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new Error(
      "[download] the URL holds a name or a password, which is not supported: give one without.",
    );
  }
}

/** @throws where the file is none of ours */
async function readState(url: string, path: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(stateFile(path), "utf8");
  } catch {
    if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
    throw new Error(
      `[download] ${path} is in the way, and is no download of ours: move it away, or name another place.`,
    );
  }
  try {
    const state = JSON.parse(text) as State;
    return state.url === url ? state : undefined;
  } catch {
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** One request, and what comes of it. */
async function attempt(
  url: string,
  path: string,
  have: number,
  known: State | undefined,
  { onProgress, signal, stallMilliseconds = 60_000 }: DownloadOptions,
): Promise<State> {
  const stalled = new AbortController();
  const timer = setTimeout(
    () => stalled.abort(new Failure(`nothing came for ${stallMilliseconds / 1000} s`)),
    stallMilliseconds,
  );
  const signals = signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]);
  try {
    const resumes = have > 0 && known?.validator !== undefined;
    // Compressed on its way, the bytes would not be those of the file: neither sizes nor ranges would be right.
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (resumes) Object.assign(headers, { range: `bytes=${have}-`, "if-range": known.validator });
    const response = await connected(fetch(url, { headers, signal: signals }), signals);
    const { start, total } = await startOf(response, url, path, have, resumes);
    const validator = validatorOf(response);
    const state: State = {
      url,
      ...(validator === undefined ? {} : { validator }),
      ...(total === undefined ? {} : { total }),
    };
    await writing(path, () => writeFileAtomically(stateFile(path), `${JSON.stringify(state)}\n`));

    const file = await writing(path, () => open(path, start === 0 ? "w" : "a"));
    let done = start;
    try {
      const reader = response.body?.getReader();
      while (reader !== undefined) {
        const piece = await connected(reader.read(), signals);
        if (piece.done) break;
        timer.refresh();
        await writing(path, () => file.writeFile(piece.value));
        done += piece.value.length;
        onProgress?.(done, total);
      }
    } finally {
      await file.close();
    }
    if (total !== undefined && done < total) {
      throw new Failure(
        `the connection broke off after ${done.toLocaleString("en")} of ${total.toLocaleString("en")} bytes`,
      );
    }
    return state;
  } finally {
    clearTimeout(timer);
    stalled.abort(); // ends what is still under way after an error
  }
}

/** Where the answer's bytes belong, and how many the whole file has. */
async function startOf(response: Response, url: string, path: string, have: number, resumes: boolean) {
  const { status, statusText, headers } = response;
  if (status === 200) {
    const length = Number(headers.get("content-length") ?? Number.NaN);
    const isPlain = (headers.get("content-encoding") ?? "identity") === "identity";
    return { start: 0, total: isPlain && Number.isSafeInteger(length) ? length : undefined };
  }
  if (resumes && (status === 206 || status === 416)) {
    const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    const total = range === null || range[2] === "*" ? undefined : Number(range[2]);
    if (status === 206 && range !== null && Number(range[1]) === have) return { start: have, total };
    if (status === 416 && total === have) return { start: have, total };
    await removeDownload(path);
    throw new Failure("the server's file has changed, or it counts otherwise");
  }
  const answer = `the server answered ${status}${statusText === "" ? "" : ` (${statusText})`}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const seconds = Number(headers.get("retry-after") ?? Number.NaN);
    throw new Failure(answer, seconds >= 0 ? Math.min(1000 * seconds, LONGEST_PAUSE) : undefined);
  }
  throw new Refusal(`[download] ${url}: ${answer}: is the URL right?`);
}

/** A weak ETag says that a file is much the same; only one with the same bytes can be gone on with. */
function validatorOf({ headers }: Response): string | undefined {
  const tag = headers.get("etag");
  if (tag !== null && !tag.startsWith("W/")) return tag;
  return headers.get("last-modified") ?? undefined;
}

/** What the network may do wrong, as a `Failure`. */
async function connected<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { cause } = error as { cause?: unknown };
    const reason =
      cause === undefined ? messageOf(error) : messageOf(cause) || (cause as NodeJS.ErrnoException).code;
    throw new Failure(`the connection failed (${reason})`, undefined, { cause: error });
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Refusal(`[download] ${path} cannot be written: ${writeFailure(error)}.`, { cause: error });
  }
}
