import type { KernelChoice } from "@convscope/kernels";
import type { Competitor } from "../competitor.ts";
import type { Workload } from "../workloads.ts";

interface Entry {
  /** Loads its library: in a process of its own. */
  readonly open: (kernels: KernelChoice) => Promise<Competitor>;
  /** Whether it needs WebGPU, and how its process waits: Dawn's polling as it is shipped, or as gently as we do. */
  readonly webgpu?: "shipped" | "gently";
  /** The workloads that it races in where nobody is named with --against. */
  readonly byDefault: (workload: Workload) => boolean;
}

const tfjs = (backend: "webgpu" | "wasm" | "cpu") => async () =>
  (await import("./tfjs.ts")).openTfjs(backend);
const jaxJs = (device: "webgpu" | "wasm") => async () => (await import("./jax-js.ts")).openJaxJs(device);

const always = () => true;
const never = () => false;
/** It has no quick convolutions. */
const isDense = ({ name }: Workload) => /^(head|dense)/.test(name);
const infers = (workload: Workload) =>
  workload.kind === "pass" ? workload.pass === "forward" : workload.kind === "predict";

/** Everybody who can be raced, ourselves first. */
export const competitors = {
  convscope: {
    open: async (kernels) => (await import("./convscope.ts")).openConvscope(kernels),
    byDefault: always,
  },
  "tfjs-webgpu": { open: tfjs("webgpu"), webgpu: "shipped", byDefault: always },
  "tfjs-webgpu-gently": { open: tfjs("webgpu"), webgpu: "gently", byDefault: always },
  "tfjs-wasm": { open: tfjs("wasm"), byDefault: always },
  "tfjs-cpu": { open: tfjs("cpu"), byDefault: never }, // minutes for a step
  "jax-js": { open: jaxJs("webgpu"), webgpu: "shipped", byDefault: always },
  "jax-js-gently": { open: jaxJs("webgpu"), webgpu: "gently", byDefault: always },
  "jax-js-wasm": { open: jaxJs("wasm"), byDefault: isDense },
  "ort-web": { open: async () => (await import("./ort-web.ts")).openOrtWeb(), byDefault: infers },
} as const satisfies Record<string, Entry>;
export type CompetitorName = keyof typeof competitors;

export const OURS = "convscope" satisfies CompetitorName;
export const entryOf = (name: CompetitorName): Entry => competitors[name];
/** Those that `--against` takes. */
export const opponents = (Object.keys(competitors) as CompetitorName[]).filter((name) => name !== OURS);
export const defaultOpponents = (workload: Workload) =>
  opponents.filter((name) => entryOf(name).byDefault(workload));
