import { type Inspection, inspectPicture } from "../data-set/inspect-picture.ts";
import { type DrawPetJob, drawPetFile } from "../drawn-pets/draw-pet-file.ts";
import type { ImageOptions } from "../image/prepare-image.ts";
import { loadImg } from "../load-img.ts";
import type { ImageArray } from "../types.ts";

/**
 * What a worker can do, by name. Arguments and results are plain data, because they are sent between threads.
 */
export const jobs = {
  loadImg: ({ path, options }: { path: string; options: ImageOptions }): Promise<ImageArray> =>
    loadImg(path, options),
  inspectPicture: (argument: { path: string }): Promise<Inspection> => inspectPicture(argument),
  drawPetFile: (job: DrawPetJob): Promise<void> => drawPetFile(job),
} as const;

export type JobName = keyof typeof jobs;
export type JobArgument<Name extends JobName> = Parameters<(typeof jobs)[Name]>[0];
export type JobResult<Name extends JobName> = Awaited<ReturnType<(typeof jobs)[Name]>>;

/** Main thread to worker. */
export interface Request {
  readonly id: number;
  readonly name: JobName;
  readonly argument: unknown;
}

/** Worker to main thread: `error` is a message. */
export type Response =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };
