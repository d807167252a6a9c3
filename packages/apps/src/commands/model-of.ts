/** Models by what the command line calls them: a known network, or a file. */
import { existsSync } from "node:fs";
import { type ApplicationName, applicationNames } from "@convscope/layers";

export const isApplicationName = (name: string): name is ApplicationName =>
  (applicationNames as readonly string[]).includes(name);

/** Which network a model is by its name: `mobilenet` of `mobilenet_0.25_224`. */
export function applicationNameOf(model: string): ApplicationName | undefined {
  const plain = model.toLowerCase().replaceAll(/[-_]/g, "");
  return applicationNames.find((name) => plain.startsWith(name.replaceAll("-", "")));
}

/** @throws where the name is neither a known one's nor a file's */
export function checkFile(where: string, path: string, known: readonly string[] = applicationNames): void {
  if (existsSync(path)) return;
  throw new Error(
    `[${where}] ${path} is neither a file nor a known name: give a model file, or one of ${known.join(", ")}.`,
  );
}
