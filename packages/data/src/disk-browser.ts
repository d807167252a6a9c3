import type * as disk from "./disk-node.ts";

export const flowFromDirectory: typeof disk.flowFromDirectory = async () => {
  throw new Error(
    "[flowFromDirectory] a browser has no directories to read: flowFromFiles takes picked files.",
  );
};

export const saveImg: typeof disk.saveImg = async () => {
  throw new Error("[saveImg] a browser has no directories to save to.");
};
