import {
  type ApplicationName,
  applicationByName,
  applicationNames,
  formatInspection,
  inspectModelFile,
  loadModel,
  matchWeights,
  readModelFile,
  resetUids,
  type SavedModel,
  targetsOf,
} from "@convscope/layers";
import { Output } from "../output.ts";
import { COLUMNS, wrapped } from "../report/wrapped.ts";

/** A network whose weights a file may be. */
interface Fit {
  readonly name: ApplicationName;
  readonly includeTop: boolean;
  /** Of MobileNet. */
  readonly alpha?: number;
}

/** Whether a whole model can be built from the file. */
type Trial =
  | { readonly loads: true; readonly notes: readonly string[] }
  | { readonly loads: false; readonly why: string };

/** What is in a model file, and whether it would load. */
export async function inspectWeights(path: string, { json = false }: { json?: boolean }): Promise<void> {
  const output = new Output(json);
  const inspection = await inspectModelFile(path);
  const { problem, model } = inspection;
  const trial = problem === undefined && model ? await tryModel(path, inspection.notes) : undefined;
  const fits = problem === undefined && !model ? await fitsOf(await readModelFile(path)) : undefined;
  output.result({ ...inspection, ...(trial && { model: { ...model, ...trial } }), fits });
  if (json) return;
  output.say(formatInspection(inspection));
  if (problem !== undefined) return;
  output.say("");
  for (const text of trial ? verdictOnModel(trial) : [verdictOnWeights(fits)]) {
    for (const line of wrapped(text, COLUMNS)) output.say(line);
  }
}

const verdictOnModel = (trial: Trial): string[] =>
  trial.loads ? ["The whole model loads.", ...trial.notes] : [`The model does not load: ${trial.why}`];

const verdictOnWeights = (fits: readonly Fit[] = []): string =>
  fits.length > 0
    ? `Weights without layers: they fit ${fits.map(fitText).join(", ")}.`
    : "Weights without layers, of none of the known networks: model.loadWeights gives them to their model.";

const fitText = ({ name, includeTop, alpha }: Fit): string =>
  `${name}${alpha === undefined ? "" : ` --alpha ${alpha}`}${includeTop ? "" : " --no-top"}`;

/** Loads the model, which needs no device. */
async function tryModel(path: string, known: readonly string[]): Promise<Trial> {
  const notes: string[] = [];
  try {
    (await loadModel(path, { warn: (text) => notes.push(text) })).close();
    return { loads: true, notes: notes.filter((note) => !known.includes(note)) };
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
