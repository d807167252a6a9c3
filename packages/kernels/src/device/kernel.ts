/**
 * A kernel is a `.wgsl` file and the names under which it is called. Everything else (which buffer is written, what a
 * uniform holds) is read from the file itself, so that there is one source of truth.
 */

/** One `@group(0) @binding(n) var<storage, …> name` line of the file. */
export interface Binding {
  readonly name: string;
  readonly index: number;
  readonly access: "read" | "read_write";
}

/** One field of the file's `struct Step { … }`: the numbers that change from call to call. */
export interface StepField {
  readonly name: string;
  readonly type: "u32" | "i32" | "f32";
}

/**
 * A GPU program with typed names: buffers `B`, pipeline constants `C`, step numbers `S`.
 * A pipeline constant (`override`) makes a new pipeline for every value, so it is for geometry. A step number (a field
 * of `struct Step`) is free to change at every call: the batch size, the learning rate, a seed.
 */
export interface Kernel<B extends string = string, C extends string = string, S extends string = string> {
  readonly name: string;
  readonly wgsl: string;
  readonly bindings: readonly Binding[];
  /** The names of the file's `override` lines. */
  readonly constants: readonly string[];
  readonly stepBinding: number | undefined;
  readonly stepFields: readonly StepField[];
  /** Never set: they carry the names for the type checker. */
  readonly names?: { buffers: B; constants: C; step: S };
}

const BINDING = /@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(read|read_write)>\s*(\w+)\s*:/g;
const STEP_BINDING = /@group\(0\)\s*@binding\((\d+)\)\s*var<uniform>\s*step\s*:\s*Step\s*;/;
const STEP_STRUCT = /struct\s+Step\s*\{([^}]*)\}/;
const STEP_FIELD = /(\w+)\s*:\s*([\w<>]+)/g;
const OVERRIDE = /\boverride\s+(\w+)/g;

function withoutComments(wgsl: string): string {
  return wgsl.replace(/\/\/.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, "");
}

function checkNames(
  kernel: string,
  what: string,
  declared: readonly string[],
  inFile: readonly string[],
): void {
  const missing = declared.filter((name) => !inFile.includes(name));
  const extra = inFile.filter((name) => !declared.includes(name));
  if (missing.length === 0 && extra.length === 0) return;
  const sides = [
    missing.length > 0 ? `the definition names ${missing.join(", ")}, which the file lacks` : "",
    extra.length > 0 ? `the file has ${extra.join(", ")}, which the definition does not name` : "",
  ];
  throw new Error(
    `[kernel] ${kernel}: ${what} disagree with the .wgsl file: ${sides.filter(Boolean).join("; ")}.`,
  );
}

/** A field's type. @throws on others than the scalars of four bytes: they alone lie one after the other */
function stepType(kernel: string, field: string, type: string): StepField["type"] {
  if (type === "u32" || type === "i32" || type === "f32") return type;
  throw new Error(`[kernel] ${kernel}: step number ${field} is of type ${type}, must be u32, i32 or f32.`);
}

/** The kernels that were defined, by name; of two of one name the last. */
const defined = new Map<string, Kernel>();

/** The kernel of that name, undefined where none was loaded. */
export const kernelNamed = (name: string): Kernel | undefined => defined.get(name);

/**
 * Defines a kernel. The names are written out once more here, so that a typo at a call does not compile; they are
 * checked against the file when the module loads.
 * @throws where the names and the file disagree
 */
export function defineKernel<
  const B extends string,
  const C extends string = never,
  const S extends string = never,
>(definition: {
  name: string;
  wgsl: string;
  buffers: readonly B[];
  constants?: readonly C[];
  step?: readonly S[];
}): Kernel<B, C, S> {
  const { name, wgsl } = definition;
  const code = withoutComments(wgsl);
  const bindings = [...code.matchAll(BINDING)].map(([, index, access, bufferName]) => ({
    name: bufferName,
    index: Number(index),
    access: access as Binding["access"],
  }));
  const constants = [...code.matchAll(OVERRIDE)].map(([, constant]) => constant);
  const stepFields = [...(STEP_STRUCT.exec(code)?.[1] ?? "").matchAll(STEP_FIELD)].map(([, field, type]) => ({
    name: field,
    type: stepType(name, field, type),
  }));
  const stepBinding = STEP_BINDING.exec(code)?.[1];
  const namesOf = (things: readonly { name: string }[]) => things.map((thing) => thing.name);
  checkNames(name, "buffers", definition.buffers, namesOf(bindings));
  checkNames(name, "constants", definition.constants ?? [], constants);
  checkNames(name, "step numbers", definition.step ?? [], namesOf(stepFields));
  if ((stepBinding === undefined) !== (stepFields.length === 0)) {
    throw new Error(
      `[kernel] ${name}: a file with step numbers has both struct Step { … } and var<uniform> step: Step; this one lacks one.`,
    );
  }
  const kernel = {
    name,
    wgsl,
    bindings,
    constants,
    stepFields,
    stepBinding: stepBinding === undefined ? undefined : Number(stepBinding),
  };
  defined.set(name, kernel);
  return kernel;
}
