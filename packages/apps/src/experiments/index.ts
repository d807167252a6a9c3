import type { AnyExperiment } from "./experiment.ts";

/** The lecture's experiments, in its order. The code of one is loaded when it is asked for. */
export const experiments = {
  "small-cnn": () => import("./small-cnn.ts"),
  "augmentation-preview": () => import("./augmentation-preview.ts"),
  "small-cnn-augmented": () => import("./small-cnn-augmented.ts"),
  "base-summary": () => import("./base-summary.ts"),
  "extract-features": () => import("./extract-features.ts"),
  "frozen-base": () => import("./frozen-base.ts"),
  "fine-tune": () => import("./fine-tune.ts"),
  freezing: () => import("./freezing.ts"),
  compare: () => import("./compare.ts"),
} satisfies Experiments;

export type Experiments = Readonly<Record<string, () => Promise<{ readonly default: AnyExperiment }>>>;

export const EXPERIMENTS = Object.keys(experiments);
