import { type PrepareOptions, type PrepareResult, prepareCatsAndDogs } from "@convscope/data";
import { interruptible } from "../interruption.ts";
import { Output } from "../output.ts";

export interface PrepareDataOptions extends Omit<PrepareOptions, "onProgress" | "signal"> {
  readonly json?: boolean;
}

/** Makes the lecture's folders out of Kaggle's or Microsoft's, and says what they hold as the lecture does. */
export async function prepareData(
  source: string,
  folder: string,
  { json = false, ...options }: PrepareDataOptions,
): Promise<void> {
  const output = new Output(json);
  const result = await interruptible((signal) =>
    prepareCatsAndDogs(source, folder, {
      ...options,
      signal,
      onProgress(done, total) {
        if (done === total) output.progress();
        else if (done % 50 === 0) output.progress(`${count(done)} of ${count(total)}`);
      },
    }),
  );
  const { directory, ...rest } = result;
  output.result({ folder: directory, ...rest });
  for (const [split, classes] of Object.entries(result.counts)) {
    output.say(`total ${split} cat images: ${classes.cats}`);
    output.say(`total ${split} dog images: ${classes.dogs}`);
  }
  output.say(summaryOf(result, options.link));
  if (result.empty.length > 0) {
    const [first] = result.empty;
    const others = result.empty.length === 1 ? "" : ` and ${count(result.empty.length - 1)} more`;
    output.say(`Without content (0 bytes): ${first}${others}.`);
    output.say(`\`convscope data check ${folder}\` finds what cannot be read.`);
  }
}

function summaryOf({ directory, copied, replaced, kept }: PrepareResult, link?: string): string {
  if (copied === 0) return `${directory} holds these ${pictures(kept)} already: nothing was changed.`;
  const how = link === undefined ? "Copied" : "Linked";
  const notes = [
    ...(replaced > 0 ? [`replaced ${count(replaced)}`] : []),
    ...(kept > 0 ? [`${count(kept)} were there already`] : []),
  ];
  return `${how} ${pictures(copied)}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}.`;
}

const pictures = (value: number) => `${count(value)} picture${value === 1 ? "" : "s"}`;
const count = (value: number) => value.toLocaleString("en");
