import { type DrawPetsOptions, type DrawPetsResult, drawPets } from "@convscope/data";
import { interruptible } from "../interruption.ts";
import { Output } from "../output.ts";

export interface DrawDataOptions extends Omit<DrawPetsOptions, "onProgress" | "signal"> {
  readonly json?: boolean;
}

/** Draws the pets. Without counts: the lecture's 1000, 500 and 500 a class. */
export async function drawData(folder: string, { json = false, ...pets }: DrawDataOptions): Promise<void> {
  const output = new Output(json);
  const { pictures, isNew } = await interruptible((signal) =>
    drawSaying(output, folder, { ...pets, signal }),
  );
  output.result({ folder, pictures, isNew });
  output.say(
    isNew
      ? `Drew ${count(pictures)} pictures.`
      : `${folder} holds these ${count(pictures)} pictures already: nothing to do.`,
  );
}

/** Draws pets, and says what takes so long: once, and on a terminal how far it is. */
export async function drawSaying(
  output: Output,
  folder: string,
  options: DrawPetsOptions,
): Promise<DrawPetsResult> {
  const onProgress = (done: number, total: number) => {
    if (done === 1) output.say(`Drawing ${count(total)} pictures of cats and dogs into ${folder} …`);
    if (done === total) output.progress();
    else if (done % 20 === 0) output.progress(`${count(done)} of ${count(total)}`);
  };
  return drawPets(folder, { ...options, onProgress });
}

const count = (value: number) => value.toLocaleString("en");
