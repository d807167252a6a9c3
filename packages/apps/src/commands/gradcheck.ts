import { type OpName, ops } from "@convscope/autograd";
import { type Derivative, gradientCases, gradientCheck } from "@convscope/autograd/gradient-check";
import {
  type AdapterInfo,
  type AnyPass,
  chooseVariant,
  type Device,
  type KernelChoice,
  mixedVariantNames,
  type VariantName,
  variantNames,
} from "@convscope/kernels";
import { deviceLine, openDevice } from "../device.ts";
import { Output } from "../output.ts";
import { versions } from "../report/versions.ts";

export interface GradcheckOptions {
  /** Default: every variant of float32. */
  readonly kernels?: readonly KernelChoice[];
  /** Default: every op. */
  readonly op?: readonly OpName[];
  readonly json?: boolean;
}

/** Of rounded factors, differences would be differences of the rounding. */
const exactVariants = variantNames.filter((name) => !mixedVariantNames.includes(name));

export const opNames = Object.keys(ops) as OpName[];

/** An op's cases, computed with one choice of kernels. */
interface OpResult {
  readonly op: OpName;
  /** `null` for an op that is computed in one way only. */
  readonly kernels: KernelChoice | null;
  readonly cases: number;
  /** Cases in which the named variant computed something; what it cannot take, a plainer one did. */
  readonly own: number;
  /** Why not in all of them, a reason each. */
  readonly refusals: readonly string[];
  /** The derivative that comes nearest to its tolerance, or goes the farthest beyond. */
  readonly worst: Worst | null;
  readonly failures: readonly string[];
}

interface Worst extends Derivative {
  readonly case: string;
  readonly error: number;
}

/** A pass that a case called. */
interface Call {
  readonly pass: AnyPass;
  readonly chosen: VariantName;
  /** Why the variant that was asked for did not run. */
  readonly refusal: string | undefined;
}

/**
 * Compares each op's gradient with finite differences, on this device, computed by each variant of its kernels.
 * @throws where one is wrong
 */
export async function gradcheck(options: GradcheckOptions): Promise<void> {
  const { kernels = exactVariants, op = opNames, json = false } = options;
  const output = new Output(json);
  const results: OpResult[] = [];
  const variantsOf = new Map<OpName, ReadonlySet<VariantName>>();
  let adapter: AdapterInfo | undefined;
  for (const choice of new Set(kernels)) {
    using device = await openDevice(choice);
    if (!adapter) {
      adapter = device.adapter;
      output.say(deviceLine(adapter));
      output.say("worst: the error of the derivative that comes nearest to its tolerance");
      output.say("");
      output.say(line("op", "kernels", "cases", "worst", ""));
    }
    for (const name of new Set(op)) {
      const known = variantsOf.get(name);
      if (known && !isAnotherWay(choice, known)) continue;
      const { result, variants } = await checkOp(device, name);
      variantsOf.set(name, variants);
      results.push(result);
      for (const text of linesOf(result)) output.say(text);
    }
  }
  const failed = results.filter(({ failures }) => failures.length > 0);
  output.result({ adapter, versions: versions(), passed: failed.length === 0, results });
  if (failed.length === 0) return;
  const names = failed.map((result) => (result.kernels ? `${result.op} (${result.kernels})` : result.op));
  throw new Error(`[gradcheck] wrong on this device: ${names.join(", ")}.`);
}

/** Whether an op of such variants, checked before, is computed in another way with a choice of kernels. */
function isAnotherWay(choice: KernelChoice, variants: ReadonlySet<VariantName>): boolean {
  if (variants.size === 0) return false;
  return choice === "auto" || choice === "tuned" || variants.has(choice);
}

async function checkOp(
  device: Device,
  op: OpName,
): Promise<{ result: OpResult; variants: ReadonlySet<VariantName> }> {
  const wanted = device.kernels;
  const variants = new Set<VariantName>();
  const refusals = new Set<string>();
  const failures: string[] = [];
  let calls: Call[] = [];
  let own = 0;
  let worst: Worst | null = null;
  device.onPass = (pass, geometry) => calls.push(callOf(device, pass, geometry));
  try {
    for (const check of gradientCases[op]) {
      calls = [];
      const report = await gradientCheck(device, check);
      failures.push(...report.failures);
      for (const derivative of report.derivatives) {
        const error = Math.abs(derivative.numeric - derivative.analytic);
        const candidate = { ...derivative, case: check.name, error };
        if (!worst || shareOf(candidate) > shareOf(worst)) worst = candidate;
      }
      for (const { pass, refusal } of calls) {
        for (const { name } of pass.variants) variants.add(name);
        if (refusal) refusals.add(refusal);
      }
      const isOwn = wanted === "auto" || wanted === "tuned" || calls.some(({ chosen }) => chosen === wanted);
      if (calls.length === 0 || isOwn) own++;
    }
  } finally {
    device.onPass = undefined;
  }
  const kernels = variants.size === 0 ? null : wanted;
  const cases = gradientCases[op].length;
  return { result: { op, kernels, cases, own, refusals: [...refusals], worst, failures }, variants };
}

/** An error as a share of its tolerance; where it is not a number, nothing is worse. */
function shareOf({ error, tolerance }: Worst): number {
  if (error === 0) return 0;
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / tolerance;
}

function callOf(device: Device, pass: AnyPass, geometry: unknown): Call {
  const variant = pass.variants.find(({ name }) => name === device.kernels);
  const chosen = chooseVariant(device, pass, geometry).name;
  return { pass, chosen, refusal: variant?.refuses?.(device, geometry) };
}

function linesOf({ op, kernels, cases, own, refusals, worst, failures }: OpResult): string[] {
  const error = worst ? `${short(worst.error)} of ${short(worst.tolerance)}` : "";
  const state = failures.length === 0 ? "passed" : "FAILED";
  const lines = [
    line(op, kernels ?? "", own === cases ? `${cases}` : `${own}/${cases}`, error, state),
    ...failures.map((failure) => `  ${failure}`),
  ];
  if (own === 0) lines.push(...refusals.map((reason) => `  plainer kernels ran: ${reason}`));
  return lines;
}

const short = (value: number): string => (value === 0 ? "0" : value.toExponential(1));

const line = (op: string, kernels: string, cases: string, worst: string, state: string): string =>
  `${op.padEnd(39)} ${kernels.padEnd(9)} ${cases.padStart(5)} ${worst.padStart(16)}  ${state}`.trimEnd();
