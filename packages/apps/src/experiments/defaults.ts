import { join } from "node:path";

/** Where the default data is drawn, below the working folder. */
export const DRAWN_PETS = join("data", "drawn-pets");
