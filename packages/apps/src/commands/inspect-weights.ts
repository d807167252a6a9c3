import {
  type ApplicationName,
  applicationByName,
  applicationNames,
  formatInspection,
  inspectModelFile,
  matchWeights,
  modelFromConfig,
  readModelFile,
  resetUids,
  type SavedModel,
  targetsOf,
} from "@convscope/layers";
import { Output } from "../output.ts";
import { wrapped } from "../report/wrapped.ts";

/** A network whose weights a file may be. */
interface Fit {
  readonly name: ApplicationName;
  readonly includeTop: boolean;
  /** Of MobileNet. */
  readonly alpha?: number;
}

/** What is in a model file, and whether it would load. */
export async function inspectWeights(path: string, { json = false }: { json?: boolean }): Promise<void> {
  const output = new Output(json);
  const inspection = await inspectModelFile(path);
  const saved = inspection.problem === undefined ? await readModelFile(path) : undefined;
  const model = saved?.modelConfig ? tryModel(saved) : undefined;
  const fits = saved && !saved.modelConfig ? await fitsOf(saved) : undefined;
  output.result({ ...inspection, ...(model && { model: { ...inspection.model, ...model } }), fits });
  if (json) return;
  output.say(formatInspection(inspection));
  output.say("");
  for (const line of wrapped(verdict(inspection.problem, model, fits), 80)) output.say(line);
}

function verdict(
  problem: string | undefined,
  model: ReturnType<typeof tryModel> | undefined,
  fits: readonly Fit[] | undefined,
): string {
  if (problem !== undefined) return `It cannot be loaded: ${problem}`;
  if (model) return model.loads ? "The whole model loads." : `The model does not load: ${model.why}`;
  if (!fits || fits.length === 0) {
    return "Weights without layers, of none of the known networks: model.loadWeights gives them to their model.";
  }
  return `Weights without layers: they fit ${fits.map(fitText).join(", ")}.`;
}

const fitText = ({ name, includeTop, alpha }: Fit): string =>
  `${name}${alpha === undefined ? "" : ` --alpha ${alpha}`}${includeTop ? "" : " --no-top"}`;

/** Builds the model and finds a place for each array, as loading does; needs no device. */
function tryModel(saved: SavedModel): { loads: boolean; why?: string } {
  try {
    const model = modelFromConfig(saved.modelConfig);
    if (!model.isBuilt) return { loads: false, why: "its first layer has no batch_input_shape." };
    matchWeights(saved, targetsOf(model));
    return { loads: true };
  } catch (error) {
    return { loads: false, why: (error as Error).message };
  }
}

/** The known networks into which the weights would go. */
async function fitsOf(saved: SavedModel): Promise<Fit[]> {
  const candidates = applicationNames.flatMap((name): Fit[] => {
    const widths = name === "mobilenet" ? [0.25, 0.5, 0.75, 1] : [undefined];
    return widths.flatMap((alpha) =>
      [true, false].map((includeTop) => ({ name, includeTop, ...(alpha !== undefined && { alpha }) })),
    );
  });
  const fits: Fit[] = [];
  for (const candidate of candidates) {
    const { name, includeTop, alpha } = candidate;
    resetUids(); // names that are counted, such as conv2d_1, begin anew in each network
    const model = await applicationByName(name, { weights: null, includeTop, alpha });
    if (fitsInto(saved, targetsOf(model))) fits.push(candidate);
  }
  return fits;
}

function fitsInto(saved: SavedModel, targets: ReturnType<typeof targetsOf>): boolean {
  const count = (layers: readonly { readonly weights: readonly object[] }[]) =>
    layers.reduce((sum, { weights }) => sum + weights.length, 0);
  // A file with more than the network has is another network's: matching by name would take it all the same.
  if (count(saved.layers) !== count(targets)) return false;
  try {
    matchWeights(saved, targets);
    return true;
  } catch {
    return false;
  }
}
