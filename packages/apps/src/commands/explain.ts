import {
  type AnyPass,
  bytesOf,
  chooseVariant,
  conv2dBackwardFilterPass,
  conv2dBackwardInputPass,
  conv2dForwardPass,
  conv2dGeometry,
  type Device,
  denseBackwardInputPass,
  denseBackwardWeightsPass,
  denseForwardPass,
  denseGeometry,
  formatShape,
  type Kernel,
  type KernelChoice,
  maxPool2dBackward,
  maxPool2dForward,
  type Precision,
  passKey,
  pool2dGeometry,
  type Scope,
  type Tensor,
} from "@convscope/kernels";
import { deviceLine, openDevice } from "../device.ts";
import { Output } from "../output.ts";
import { wrapped } from "../report/wrapped.ts";

interface ExplainOptions {
  readonly input: readonly number[];
  readonly pass: string;
  readonly kernels: KernelChoice;
  readonly precision: Precision;
  /** Only the WGSL. */
  readonly wgsl?: boolean;
  readonly json?: boolean;
}

export interface ExplainConv2dOptions extends ExplainOptions {
  readonly filters: number;
  readonly kernelSize: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding: "valid" | "same";
}

export interface ExplainDenseOptions extends ExplainOptions {
  readonly units: number;
}

export interface ExplainMaxPool2dOptions extends ExplainOptions {
  readonly poolSize: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly padding: "valid" | "same";
}

/** What is to be explained: a pass at its sizes. */
interface Subject {
  readonly name: string;
  readonly sizes: string;
  /** Floating-point operations; undefined where there is nothing to multiply and add. */
  readonly flop: number | undefined;
  /** How it chooses its variant. */
  readonly choice: (device: Device) => Choice;
  /** Records it, on memory of the right sizes. @returns what it reads and what it writes */
  readonly run: (device: Device, scope: Scope) => readonly Tensor[];
}

interface Choice {
  readonly candidates: readonly {
    readonly name: string;
    readonly state: "chosen" | "can run" | "refuses";
    readonly why?: string;
  }[];
  readonly why: string;
}

/** What a pass comes to: one kernel, or the same one many times over. */
interface Launches {
  readonly kernel: Kernel;
  readonly constants: Readonly<Record<string, number>>;
  readonly grid: readonly [number, number, number];
  /** Threads of a workgroup, as far as the file says it in numbers. */
  readonly workgroupSize: readonly number[] | undefined;
  count: number;
}

export function explainConv2d(options: ExplainConv2dOptions): Promise<void> {
  const { input, filters, kernelSize, strides, dilation, padding } = options;
  const filterShape = [...kernelSize, input[input.length - 1], filters];
  const geometry = conv2dGeometry({ inputShape: input, filterShape, strides, dilation, padding });
  const passes = {
    forward: conv2dForwardPass,
    backwardInput: conv2dBackwardInputPass,
    backwardFilter: conv2dBackwardFilterPass,
  };
  return explain(options, subjects(passes, options, geometry, String(geometry)));
}

export function explainDense(options: ExplainDenseOptions): Promise<void> {
  const { input, units } = options;
  const weightsShape = [input[input.length - 1], units];
  const geometry = denseGeometry(input, weightsShape);
  const sizes = `dense ${formatShape(input)} x ${formatShape(weightsShape)} -> ${formatShape(geometry.outputShape)}`;
  const passes = {
    forward: denseForwardPass,
    backwardInput: denseBackwardInputPass,
    backwardWeights: denseBackwardWeightsPass,
  };
  return explain(options, subjects(passes, options, geometry, sizes));
}

export function explainMaxPool2d(options: ExplainMaxPool2dOptions): Promise<void> {
  const { input, poolSize, strides, padding, pass } = options;
  const geometry = pool2dGeometry({ inputShape: input, poolSize, strides, padding });
  const { inputShape, outputShape } = geometry;
  const only = (why: string) => (): Choice => ({ candidates: [], why });
  const passes: Subject[] = [
    {
      name: "maxpool2d.forward",
      sizes: String(geometry),
      flop: undefined,
      choice: only("there is one kernel"),
      run(_, scope) {
        const x = scope.tensor(inputShape);
        const { y, argmax } = maxPool2dForward(scope, geometry, x);
        return [x, y, argmax];
      },
    },
    {
      name: "maxpool2d.backward",
      sizes: String(geometry),
      flop: undefined,
      choice: only("windows that do not overlap take the kernel for cells, unless naive is named"),
      run(_, scope) {
        const argmax = scope.tensor(outputShape, "uint32");
        const dy = scope.tensor(outputShape);
        return [argmax, dy, maxPool2dBackward(scope, geometry, argmax, dy)];
      },
    },
  ];
  return explain(
    options,
    passes.filter(({ name }) => pass === "all" || name === `maxpool2d.${pass}`),
  );
}

/** The passes that were asked for. */
function subjects<Geometry>(
  passes: Readonly<Record<string, AnyPass>>,
  { pass }: ExplainOptions,
  geometry: Geometry,
  sizes: string,
): Subject[] {
  const wanted = Object.entries(passes).filter(([name]) => pass === "all" || name === pass);
  return wanted.map(([, each]) => ({
    name: each.name,
    sizes,
    flop: each.flop(geometry),
    choice: (device) => choiceOf(device, each, geometry),
    run(device, scope) {
      const operands: object = each.operands(scope, geometry);
      const result = chooseVariant(device, each, geometry).run(scope, geometry, operands);
      return [...Object.values(operands).filter(isTensor), result];
    },
  }));
}

const isTensor = (value: unknown): value is Tensor =>
  typeof value === "object" && value !== null && "buffer" in value;

function choiceOf<Geometry>(device: Device, pass: AnyPass, geometry: Geometry): Choice {
  const chosen = chooseVariant(device, pass, geometry);
  const candidates = pass.variants.map((variant) => {
    const { name } = variant;
    const why = variant.refuses?.(device, geometry);
    if (why !== undefined) return { name, state: "refuses" as const, why };
    return { name, state: variant === chosen ? ("chosen" as const) : ("can run" as const) };
  });
  return { candidates, why: reasonOf(device, pass, geometry, chosen.name) };
}

function reasonOf<Geometry>(device: Device, pass: AnyPass, geometry: Geometry, chosen: string): string {
  const { kernels, tuning, adapter } = device;
  if (kernels !== "auto" && kernels !== "tuned") {
    return chosen === kernels ? "it was named" : `${kernels} cannot run here: the next plainer one does`;
  }
  const known = pass.fastest(device, geometry).some((name) => name === chosen)
    ? `of those that can run, the fastest known on ${adapter.isSoftware ? "software devices" : "GPUs"}`
    : "nothing faster can run";
  if (kernels === "auto") return known;
  const answer = tuning?.answer(passKey(pass, geometry));
  if (answer?.variant !== chosen) return `these sizes were not measured on this device; ${known}`;
  const times = Object.entries(answer.milliseconds).map(([name, time]) => `${name} ${time.toPrecision(3)}`);
  return `it was measured on this device (milliseconds: ${times.join(", ")})`;
}

/** Says what runs for each of the passes, and why. Nothing is executed: the launches are recorded, and thrown away. */
async function explain(options: ExplainOptions, all: readonly Subject[]): Promise<void> {
  const { json = false, wgsl = false } = options;
  const output = new Output(json);
  using device = await openDevice(options.kernels, options.precision);
  const explained = all.map((subject) => {
    using scope = device.scope();
    const launches: Launches[] = [];
    device.onRun = (kernel, _, constants, { grid }) => {
      const before = launches.find((launch) => isSame(launch, kernel, constants, grid));
      const workgroupSize = workgroupSizeOf(kernel.wgsl);
      if (before) before.count++;
      else launches.push({ kernel, constants, grid, workgroupSize, count: 1 });
    };
    const bytes = subject
      .run(device, scope)
      .map(({ shape }) => bytesOf(shape))
      .reduce((sum, each) => sum + each);
    return { subject, choice: subject.choice(device), launches, bytes };
  });
  if (json) {
    output.result({
      adapter: device.adapter,
      kernels: device.kernels,
      precision: device.precision,
      tuning: device.tuning?.key ?? null,
      passes: explained.map(({ subject: { name, sizes, flop }, choice, launches, bytes }) => ({
        pass: name,
        sizes,
        ...choice,
        launches: launches.map(({ kernel, constants, grid, workgroupSize, count }) => ({
          kernel: kernel.name,
          constants,
          grid,
          workgroupSize,
          invocations: invocations(grid, workgroupSize),
          count,
        })),
        flop,
        bytes,
        flopPerByte: flop === undefined ? undefined : flop / bytes,
      })),
      wgsl: Object.fromEntries(kernelsOf(explained).map(({ name, wgsl }) => [name, wgsl])),
    });
    return;
  }
  if (!wgsl) {
    output.say(deviceLine(device.adapter));
    for (const each of explained) for (const line of text(each)) output.say(line);
  }
  const kernels = kernelsOf(explained);
  for (const kernel of kernels) {
    if (!wgsl || kernels.length > 1) output.say(`\n${`-- ${kernel.name}, as compiled `.padEnd(80, "-")}\n`);
    output.write(kernel.wgsl);
  }
}

type Explained = { subject: Subject; choice: Choice; launches: readonly Launches[]; bytes: number };

const kernelsOf = (explained: readonly Explained[]): Kernel[] => [
  ...new Set(explained.flatMap(({ launches }) => launches.map(({ kernel }) => kernel))),
];

function text({ subject, choice, launches, bytes }: Explained): string[] {
  const lines = ["", subject.name, ...indented(subject.sizes), "", "candidates"];
  for (const { name, state, why } of choice.candidates) {
    lines.push(...indented(`${name.padEnd(12)}${state}${why === undefined ? "" : `: ${why}`}`));
  }
  if (choice.candidates.length === 0) lines.pop();
  lines.push("choice", ...indented(choice.why), "launches");
  for (const { kernel, constants, grid, workgroupSize, count } of launches) {
    const threads = invocations(grid, workgroupSize);
    lines.push(
      ...indented(`${kernel.name}${count > 1 ? `, ${count} times` : ""}`),
      ...indented(
        `grid ${grid.join("×")} of workgroups ${workgroupSize?.join("×") ?? "(see the file)"}` +
          `${threads === undefined ? "" : `: ${threads.toLocaleString("en")} invocations`}`,
        4,
      ),
      ...indented(kernel.constants.map((name) => `${name}=${constants[name]}`).join(" "), 4),
    );
  }
  const { flop } = subject;
  const traffic = `at least ${scaled(bytes)}B to read and write`;
  const cost =
    flop === undefined
      ? `no multiply-adds; ${traffic}`
      : `${scaled(flop)}FLOP; ${traffic}: ${(flop / bytes).toPrecision(3)} FLOP a byte`;
  return [...lines, "cost", ...indented(cost)];
}

const indented = (words: string, indent = 2): string[] =>
  wrapped(words, 80 - indent).map((line) => " ".repeat(indent) + line);

/** Three digits and a prefix: `28.9 G`. */
function scaled(value: number): string {
  const thousands = Math.min(4, Math.floor(Math.log10(value) / 3));
  return `${Number((value / 1000 ** thousands).toPrecision(3))} ${["", "k", "M", "G", "T"][thousands]}`;
}

function isSame(
  launch: Launches,
  kernel: Kernel,
  constants: Readonly<Record<string, number>>,
  grid: readonly number[],
): boolean {
  return (
    launch.kernel === kernel &&
    launch.grid.join() === grid.join() &&
    kernel.constants.every((name) => launch.constants[name] === constants[name])
  );
}

/** `@workgroup_size(8, 8)`; undefined where names stand in it that are no constants of the file. */
export function workgroupSizeOf(wgsl: string): number[] | undefined {
  const [, inside = ""] = /@workgroup_size\(([^)]*)\)/.exec(wgsl) ?? [];
  const sizes = inside
    .split(",")
    .map((size) => size.trim())
    .filter(Boolean)
    .map((size) => {
      const [, value = size] = new RegExp(`\\bconst\\s+${size}\\b[^=]*=\\s*(\\d+u?)\\s*;`).exec(wgsl) ?? [];
      return Number(value.replace(/u$/, ""));
    });
  return sizes.length > 0 && sizes.every(Number.isInteger) ? sizes : undefined;
}

const invocations = (
  grid: readonly number[],
  workgroupSize: readonly number[] | undefined,
): number | undefined =>
  workgroupSize && [...grid, ...workgroupSize].reduce((product, each) => product * each);
