export * from "./browser.ts";
export {
  type CheckOptions,
  checkPictures,
  type DuplicateGroup,
  FINDING_KINDS,
  type Finding,
  type FindingKind,
  type PictureReport,
} from "./data-set/check-pictures.ts";
export {
  CATS_AND_DOGS_URL,
  type FetchDataSetOptions,
  type FetchDataSetResult,
  type FetchProgress,
  fetchDataSet,
} from "./data-set/fetch-data-set.ts";
export {
  type PrepareOptions,
  type PrepareResult,
  prepareCatsAndDogs,
} from "./data-set/prepare-cats-and-dogs.ts";
export { SET_ASIDE_KINDS, setAside } from "./data-set/set-aside.ts";
export { type FlowFromDirectoryOptions, flowFromDirectory } from "./directory/flow-from-directory.ts";
export { listPictures } from "./directory/list-pictures.ts";
export { type ReplayOptions, replay } from "./directory/replay.ts";
export {
  type DrawnPets,
  type DrawPetsOptions,
  type DrawPetsResult,
  drawPets,
} from "./drawn-pets/draw-pets.ts";
export { encodeJpeg } from "./image/encode-jpeg.ts"; // the encoders need Node's Buffer
export { encodePng } from "./image/encode-png.ts";
export { type LoadImgOptions, loadImg } from "./load-img.ts";
export { makeFolder, removeFolders } from "./make-folder.ts";
export { type SaveImgOptions, saveImg } from "./save-img.ts";
export { writeFailure, writeFileAtomically } from "./write-file.ts";
