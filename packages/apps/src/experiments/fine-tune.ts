import { BatchNormalization, loadModel, Model, RMSprop } from "@convscope/layers";
import { accuracyRows, lastFive, measuredAccuracies } from "./accuracies.ts";
import { Base } from "./base.ts";
import { experiment, TRAINING_DEFAULTS } from "./experiment.ts";
import { openPictures } from "./frozen-base.ts";
import { frozenRun } from "./frozen-run.ts";
import { lastBlockOf } from "./last-block.ts";

/** With the frozen run's seed its augmented pictures would come again, which the classifier has learned by heart. */
const otherSeed = (seed: number): number => (seed + 2 ** 31) % 2 ** 53;

/** The last block of the base learns with the classifier, which a run of `frozen-base` has trained before. */
export default experiment({
  name: "fine-tune",
  question: "What does it bring to train the last block of the base, too, once the classifier is trained?",
  claim: "A final accuracy of 97 %: a nice 1 % absolute improvement. The loss does not show any.",
  slides: "Fine Tuning; Steps in Fine Tuning; Freezing all layers up to a specific one",
  defaults: {
    ...TRAINING_DEFAULTS,
    from: undefined,
    validation: "full",
    epochs: 100,
    stepsPerEpoch: 100,
    validationSteps: 50,
    batchSize: 20,
    learningRate: 1e-5,
  },

  async run(context) {
    const { flags, output, reading } = context;
    const base = await Base.open(context, () => frozenRun(flags.from));
    checkData(flags.data, base);
    await context.train({
      open: () => openPictures({ ...context, reading: { ...reading, seed: otherSeed(reading.seed) } }, base),

      async build(device) {
        const { model: file } = base.record.startedFrom!;
        const model = await loadModel(file, { compile: false, device, seed: flags.seed });
        const [convBase] = model.layers;
        if (!(convBase instanceof Model)) throw new Error(`[run] ${file} does not begin with a base.`);
        const count = () => model.trainableWeights.length;

        convBase.trainable = true;
        output.say(`Trainable weights with all of ${convBase.name}: ${count()}`);
        convBase.trainable = false;
        output.say(`Trainable weights with ${convBase.name} frozen: ${count()}`);

        convBase.trainable = true;
        const firstToTrain = lastBlockOf(base.name, convBase);
        let setTrainable = false;
        for (const layer of convBase.layers) {
          if (layer.name === firstToTrain) setTrainable = true;
          // Statistics of 20 pictures are poorer than those that were learnt: see the README.
          layer.trainable = setTrainable && !(layer instanceof BatchNormalization);
        }
        output.say(`Trainable weights with ${convBase.name} frozen up to ${firstToTrain}: ${count()}`);

        model.compile({
          loss: "binaryCrossentropy",
          optimizer: new RMSprop({ learningRate: flags.learningRate }),
          metrics: ["acc"],
        });
        return model;
      },

      measured: measuredAccuracies,
      rows(results) {
        const before = base.record.startedFrom?.validationAccuracy;
        const after = lastFive(results);
        const points = before === undefined || after === undefined ? undefined : 100 * (after - before);
        return [
          ...accuracyRows(results, {
            validation: "97 %; published runs of VGG16: 94 % to 97 %",
            training: "published runs of VGG16: 97 % to 100 %",
            test: "97 %; published runs of VGG16: 93 % to 97 %",
          }),
          {
            what: "validation accuracy beside that of the frozen run",
            claimed: "+1 point",
            measured:
              points === undefined ? "not known" : `${points < 0 ? "" : "+"}${points.toFixed(1)} points`,
          },
        ];
      },
      keep: () => base.keep(context),
      facts: () => [base.facts()],
    });
  },
});

/** @throws where no pictures are named, and the classifier learnt from others than those drawn then */
function checkData(data: string | undefined, { record: { startedFrom } }: Base): void {
  if (data !== undefined || !startedFrom?.data) return;
  throw new Error(
    `[run] the frozen run learnt from ${startedFrom.data}: give the pictures, too, with --data.`,
  );
}
