import { type DrawPetsOptions, drawPets } from "@convscope/data";

/** Draws the pets, and says how far it is on a terminal. Without counts: the lecture's 1000, 500 and 500 a class. */
export async function drawData(
  directory: string,
  options: DrawPetsOptions & { quiet?: boolean } = {},
): Promise<void> {
  const { quiet = false, ...drawing } = options;
  const isTerminal = process.stderr.isTTY === true && !quiet;
  const { pictures, isNew } = await drawPets(directory, {
    ...drawing,
    onProgress: (done, total) => {
      if (isTerminal && (done % 20 === 0 || done === total))
        process.stderr.write(`\rDrawing ${done}/${total} pictures`);
    },
  });
  if (isTerminal && isNew) process.stderr.write("\n");
  if (isNew) console.log(`Drew ${pictures} pictures of cats and dogs into ${directory}.`);
  else if (!quiet) console.log(`${directory} holds these ${pictures} pictures already: nothing to do.`);
}
