import { basename } from "node:path";
import type { DirectoryIterator } from "@convscope/data";
import type { NdArray } from "@convscope/kernels";
import type { Model } from "@convscope/layers";
import { checkPlan, planTraining } from "../plan/plan-training.ts";
import { versions } from "../report/versions.ts";
import type { Base } from "./base.ts";
import type { RunContext, RunFlags } from "./experiment.ts";
import { cachedFeatures, hashPictures } from "./feature-cache.ts";

type ExtractionContext = RunContext<Pick<RunFlags, "kernels" | "precision">>;

/** Batches after which the time that is left can be told; the first ones compile kernels. */
const BATCHES_TO_ESTIMATE = 4;

/**
 * The features of a directory's pictures: from the cache, or from `batches`, and kept there.
 * @throws where they are not all numbers
 */
export async function extractOnce(
  { flags, output, signal, device }: ExtractionContext,
  base: Base,
  convBase: Model,
  generator: DirectoryIterator,
  batches: (first: number) => AsyncIterable<NdArray>,
): Promise<NdArray> {
  const { kernels, precision } = flags;
  const opened = await device();
  const { adapter, tuning } = opened;
  const { name, alpha, imageSize, preprocess, weights } = base.record;
  const { samples, batchSize, filenames, filepaths } = generator;
  const what = `features of ${samples} pictures in ${basename(generator.directory)}`;
  const began = performance.now();
  let estimated: { readonly since: number; readonly samples: number } | undefined;
  let [count, done] = [0, 0];
  const { features, path, found } = await cachedFeatures({
    source: {
      base: alpha === undefined ? name : `${name} ${alpha}`,
      weights: weights?.md5 ?? null,
      imageSize,
      preprocess,
      pictures: await hashPictures(filenames, filepaths, signal),
      computedBy: {
        adapter: adapter.name,
        driver: adapter.driver,
        kernels,
        precision,
        tuning: tuning?.key ?? null,
        convscope: versions().convscope,
      },
    },
    shape: [samples, ...convBase.outputShape.map(Number)],
    batchSize,
    async *batches(first) {
      checkPlan(await planTraining({ model: convBase, device: opened, batchSize, steps: ["predict"] }));
      yield* batches(first);
    },
    signal,
    onProgress(samplesDone) {
      done = samplesDone;
      output.progress(`Extracting the ${what}: ${done} of ${samples}`);
      count += 1;
      if (count === 2) estimated = { since: performance.now(), samples: done };
      if (count !== BATCHES_TO_ESTIMATE || !estimated || done === samples) return;
      const each = (performance.now() - estimated.since) / (done - estimated.samples);
      output.progress();
      output.say(`Extracting the ${what}: about ${Math.ceil((each * (samples - done)) / 1000)} s from here.`);
    },
  })
    .catch((error: unknown) => {
      if (done > 0) {
        output.progress();
        output.say(`Of the ${what}, ${done} are kept: the same command goes on there.`);
      }
      throw error;
    })
    .finally(() => output.progress());
  if (features.data.some((value) => !Number.isFinite(value))) {
    throw new Error(
      `[run] ${name} gives NaN or Infinity for some pictures: are its weights whole, and its own?`,
    );
  }
  const how =
    found === samples
      ? "found in the cache"
      : `extracted in ${((performance.now() - began) / 1000).toFixed(1)} s${found > 0 ? `, on from ${found} that were there` : ""}`;
  output.say(`The ${what}: ${how} (${path}).`);
  return features;
}
