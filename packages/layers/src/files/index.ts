export {
  formatInspection,
  type InspectedLayer,
  type InspectedNode,
  type Inspection,
  inspectModelFile,
  type Statistics,
} from "./inspect.ts";
export {
  type Assignment,
  type Match,
  type MatchOptions,
  type MatchTarget,
  matchWeights,
  type TargetWeight,
  transformWeight,
  type WeightTransform,
} from "./match.ts";
export { type ModelFile, readModelFile } from "./read-model-file.ts";
export {
  type Json,
  type JsonObject,
  type ModelFileFormat,
  modelFileFormats,
  type SavedLayerWeights,
  type SavedModel,
  type SavedWeight,
} from "./saved-model.ts";
export { modelFileBytes, type WritableFormat, writeModelFile } from "./write-model-file.ts";
