import { type Inspection, inspectPicture } from "../data-set/inspect-picture.ts";
import { type SavePictureJob, savePicture } from "../directory/save-picture.ts";
import { type DrawPetJob, drawPetFile } from "../drawn-pets/draw-pet-file.ts";
import { jobs as pictureJobs } from "./picture-jobs.ts";

/**
 * What a worker can do, by name. Arguments and results are plain data, because they are sent between threads.
 */
export const jobs = {
  ...pictureJobs,
  savePicture: (job: SavePictureJob): Promise<void> => savePicture(job),
  inspectPicture: (argument: { path: string }): Promise<Inspection> => inspectPicture(argument),
  drawPetFile: (job: DrawPetJob): Promise<void> => drawPetFile(job),
} as const;
