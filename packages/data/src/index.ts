export * from "./browser.ts";
export { type FlowFromDirectoryOptions, flowFromDirectory } from "./directory/flow-from-directory.ts";
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
export { writeFileAtomically } from "./write-file.ts";
