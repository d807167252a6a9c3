import { join } from "node:path";

/** What `run` and `summary` know. */
export const EXPERIMENTS = ["small-cnn"] as const;

/** Where the default data is drawn, below the working folder. */
export const DRAWN_PETS = join("data", "drawn-pets");

/** The lecture's number of epochs. */
export const LECTURE_EPOCHS = 30;
/** Enough for drawn pets: they are easier than photographs. */
export const DRAWN_EPOCHS = 4;
