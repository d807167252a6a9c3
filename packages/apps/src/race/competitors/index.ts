import type { KernelChoice } from "@convscope/kernels";
import type { Competitor } from "../competitor.ts";

interface Entry {
  /** Loads its library: in a process of its own. */
  readonly open: (kernels: KernelChoice) => Promise<Competitor>;
  /** Whether it needs WebGPU, and how its process waits: Dawn's polling as it is shipped, or as gently as we do. */
  readonly webgpu?: "shipped" | "gently";
  /** Raced where nobody is named with --against. */
  readonly byDefault: boolean;
}

const tfjs = (backend: "webgpu" | "wasm" | "cpu") => async () =>
  (await import("./tfjs.ts")).openTfjs(backend);
const jaxJs = (device: "webgpu" | "wasm") => async () => (await import("./jax-js.ts")).openJaxJs(device);

/** Everybody who can be raced, ourselves first. */
export const competitors = {
  convscope: {
    open: async (kernels) => (await import("./convscope.ts")).openConvscope(kernels),
    byDefault: false, // always there
  },
  "tfjs-webgpu": { open: tfjs("webgpu"), webgpu: "shipped", byDefault: true },
  "tfjs-webgpu-gently": { open: tfjs("webgpu"), webgpu: "gently", byDefault: true },
  "tfjs-wasm": { open: tfjs("wasm"), byDefault: true },
  "tfjs-cpu": { open: tfjs("cpu"), byDefault: false }, // minutes for a step
  "jax-js": { open: jaxJs("webgpu"), webgpu: "shipped", byDefault: true },
  "jax-js-gently": { open: jaxJs("webgpu"), webgpu: "gently", byDefault: true },
  "jax-js-wasm": { open: jaxJs("wasm"), byDefault: true },
} as const satisfies Record<string, Entry>;
export type CompetitorName = keyof typeof competitors;

export const OURS = "convscope" satisfies CompetitorName;
export const entryOf = (name: CompetitorName): Entry => competitors[name];
/** Those that `--against` takes. */
export const opponents = (Object.keys(competitors) as CompetitorName[]).filter((name) => name !== OURS);
export const defaultOpponents = opponents.filter((name) => entryOf(name).byDefault);
