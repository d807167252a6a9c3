import { changeKept, readKept, whereKept } from "#tuning-store";
import type { AdapterInfo } from "../device/adapter-info.ts";
import { kernelNamed } from "../device/kernel.ts";
import { fingerprint } from "./fingerprint.ts";
import { type Precision, type VariantName, variantNames } from "./kernel-choice.ts";

/** The version of the sources: choices that another one measured are void, for its launches may differ. */
export const convscopeVersion = "0.1.0";

/** What was measured for a pass at its sizes. */
export interface Answer {
  readonly variant: VariantName;
  /** Median of one run, of the variants that were timed. */
  readonly milliseconds: Readonly<Partial<Record<VariantName, number>>>;
  /** The kernels that ran, and the fingerprint of their WGSL: where one has changed, the answer is void. */
  readonly kernels: Readonly<Record<string, string>>;
}

/** On what was measured. */
interface Identity {
  readonly convscope: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly name: string;
  readonly driver: string;
  readonly precision: Precision;
}

/** The file: an identity and answers, by `passKey`. */
interface Kept extends Identity {
  readonly answers: Readonly<Record<string, Answer>>;
}

/** What was measured on this device. */
export class Tuning {
  /** Adapter, driver and version in one word: the name under which it is kept. */
  readonly key: string;
  readonly #answers: ReadonlyMap<string, Answer>;

  constructor(key: string, answers: ReadonlyMap<string, Answer>) {
    this.key = key;
    this.#answers = answers;
  }

  /** What was measured for a pass at its sizes (`passKey`). */
  answer(passKey: string): Answer | undefined {
    return this.#answers.get(passKey);
  }
}

const HOW = "`convscope tune` measures.";

/** What was kept for this adapter, and what a user should know of it. Whatever is wrong with it is a note, never thrown. */
export async function loadTuning(
  adapter: AdapterInfo,
  precision: Precision = "float32",
): Promise<{ readonly tuning?: Tuning; readonly notes: readonly string[] }> {
  const identity = identityOf(adapter, precision);
  const key = keyOf(identity);
  try {
    const text = await readKept(key);
    if (text === undefined)
      return { notes: [`[tuning] this device was not tuned yet: auto's kernels run. ${HOW}`] };
    const all = Object.entries(parse(text, identity).answers);
    const current = all.filter(([, answer]) => isCurrent(answer));
    const tuning = new Tuning(key, new Map(current));
    const voided = all.length - current.length;
    if (voided === 0) return { tuning, notes: [] };
    const note = `[tuning] of ${all.length} measured choices ${voided} are void, as their kernels have changed. ${HOW}`;
    return { tuning, notes: [note] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { notes: [`[tuning] ${whereKept(key)} is ignored, auto's kernels run: ${reason} ${HOW}`] };
  }
}

/**
 * Keeps answers, beside those that were kept before.
 * @returns where, in words
 * @throws where they cannot be written
 */
export async function keepAnswers(
  adapter: AdapterInfo,
  answers: Readonly<Record<string, Answer>>,
  precision: Precision = "float32",
): Promise<string> {
  const identity = identityOf(adapter, precision);
  const key = keyOf(identity);
  try {
    await changeKept(key, (before) => {
      const kept: Kept = { ...identity, answers: { ...answersIn(before, identity), ...answers } };
      return `${JSON.stringify(kept, null, 2)}\n`;
    });
  } catch (error) {
    throw new Error(
      `[tuning] cannot write ${whereKept(key)}: ${error instanceof Error ? error.message : error}. ` +
        "CONVSCOPE_CACHE names another folder.",
      { cause: error },
    );
  }
  return whereKept(key);
}

/** The answers that still hold; none where the text is no good. */
function answersIn(text: string | undefined, identity: Identity): Record<string, Answer> {
  try {
    const { answers } = parse(text ?? "", identity);
    return Object.fromEntries(Object.entries(answers).filter(([, answer]) => isCurrent(answer)));
  } catch {
    return {};
  }
}

function identityOf({ vendor, architecture, name, driver }: AdapterInfo, precision: Precision): Identity {
  return { convscope: convscopeVersion, vendor, architecture, name, driver, precision };
}

/** The name under which choices for this adapter, driver, version and precision are kept. */
export const tuningKey = (adapter: AdapterInfo, precision: Precision = "float32"): string =>
  keyOf(identityOf(adapter, precision));

function keyOf(identity: Identity): string {
  const word = identity.name.replace(/[^a-zA-Z0-9]+/g, "-").slice(0, 48);
  return `${word}-${fingerprint(JSON.stringify(identity))}`;
}

const isCurrent = ({ kernels }: Answer): boolean =>
  Object.entries(kernels).every(([name, mark]) => {
    const kernel = kernelNamed(name);
    return kernel !== undefined && fingerprint(kernel.wgsl) === mark;
  });

/** @throws where the text is no tuning, or another device's */
function parse(text: string, identity: Identity): Kept {
  let kept: unknown;
  try {
    kept = JSON.parse(text);
  } catch {
    throw new Error("it is no JSON.");
  }
  if (!isRecord(kept) || !isRecord(kept.answers)) throw new Error("it holds no measured choices.");
  for (const [name, value] of Object.entries(identity)) {
    if (kept[name] === value) continue;
    throw new Error(`it is of ${name} ${JSON.stringify(kept[name])}, not ${JSON.stringify(value)}.`);
  }
  const answers: Record<string, Answer> = {};
  for (const [key, answer] of Object.entries(kept.answers)) {
    if (!isAnswer(answer)) throw new Error(`what it says of ${key} cannot be read.`);
    answers[key] = answer;
  }
  return { ...identity, answers };
}

function isAnswer(value: unknown): value is Answer {
  return (
    isRecord(value) &&
    variantNames.some((name) => name === value.variant) &&
    isRecord(value.milliseconds) &&
    Object.values(value.milliseconds).every((time) => typeof time === "number") &&
    isRecord(value.kernels) &&
    Object.values(value.kernels).every((mark) => typeof mark === "string")
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
