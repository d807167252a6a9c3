import { type CompetitorName, defaultOpponents, opponents } from "./competitors/index.ts";
import { type Workload, workloads } from "./workloads.ts";

/** The small CNN's: what is raced where no workload is named. VGG16's take minutes. */
const defaultWorkloads = workloads.filter(({ name }) => !/^(vgg16|block|fine-tune)/.test(name));

/**
 * The workloads that are named, in the order in which all are shown. A name stands for all that begin with it and a dot
 * or an underscore, too: `conv2`, `block3`.
 * @throws {RangeError} for a name that is none
 */
export function selectWorkloads(names: readonly string[]): readonly Workload[] {
  if (names.length === 0) return defaultWorkloads;
  const isMeant = (name: string, workload: Workload) =>
    workload.name === name || workload.name.startsWith(`${name}.`) || workload.name.startsWith(`${name}_`);
  for (const name of names) {
    if (workloads.some((workload) => isMeant(name, workload))) continue;
    const near = workloads
      .filter((workload) => workload.name.includes(name))
      .map((workload) => workload.name);
    const known =
      name && near.length > 0 ? near : [...new Set(workloads.map((w) => w.name.split(/[._]/)[0]))];
    throw new RangeError(`there is no workload ${name || '""'}. Known: ${known.join(", ")}.`);
  }
  return workloads.filter((workload) => names.some((name) => isMeant(name, workload)));
}

/**
 * The opponents of each workload, by a list with commas; without one, those who do well in it. A WebGPU library stands for both of its rows: as shipped, and waiting gently.
 * @throws {RangeError} for a name that is none
 */
export function selectOpponents(list: string | undefined): (workload: Workload) => readonly CompetitorName[] {
  if (list === undefined) return defaultOpponents;
  const names = list.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !(opponents as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`there is no competitor ${unknown || '""'}. Known: ${opponents.join(", ")}.`);
  }
  const chosen = opponents.filter(
    (name) => names.includes(name) || names.includes(name.replace(/-gently$/, "")),
  );
  return () => chosen;
}
