import { type AnyExperiment, optionOf } from "../experiments/experiment.ts";
import { experiments } from "../experiments/index.ts";
import { Output } from "../output.ts";
import { COLUMNS, wrapped } from "../report/wrapped.ts";

const INDENT = "  ";

/** The experiments of the lecture: what is asked, what it says, where, and the flags of each with the lecture's values. */
export async function list({ json = false }: { readonly json?: boolean }): Promise<void> {
  const output = new Output(json);
  const loaded = await Promise.all(Object.values(experiments).map((load) => load()));
  const all = loaded.map((module): AnyExperiment => module.default);
  for (const { name, question, claim, slides, defaults } of all) {
    const flags = Object.entries(defaults).map(([flag, value]) =>
      value === undefined ? optionOf(flag) : `${optionOf(flag)} ${value}`,
    );
    output.say(name);
    for (const text of [question, `Lecture: ${claim}`, `Slides: ${slides}.`, `Flags: ${flags.join(", ")}.`]) {
      for (const line of wrapped(text, COLUMNS - INDENT.length)) output.say(INDENT + line);
    }
    output.say("");
  }
  output.say("convscope run <name> runs one.");
  output.result({
    experiments: all.map(({ name, question, claim, slides, defaults }) => ({
      name,
      question,
      claim,
      slides,
      flags: Object.fromEntries(Object.entries(defaults).map(([flag, value]) => [flag, value ?? null])),
    })),
  });
}
