// `npm start`: sets everything up, then trains the small CNN (on drawn pets, unless --data names a folder).
//   npm start -- --epochs 3      passes options on to `convscope run small-cnn`, 4 epochs where none are asked for
//   npm start -- doctor --json   runs any other convscope command
//   npm start -- --help          shows them all
import { join } from "node:path";
import { main, run, say } from "./process.mjs";
import { root, setup } from "./setup.mjs";

/** Enough for drawn pets: they are easier than photographs, for which the lecture has 30. */
const DRAWN_EPOCHS = ["--epochs", "4"];
const GLOBAL_OPTIONS = ["-h", "--help", "-V", "--version"];

await main(async () => {
  const env = await setup();
  const args = process.argv.slice(2);
  const isCommand = args.length > 0 && (!args[0].startsWith("-") || GLOBAL_OPTIONS.includes(args[0]));
  if (args.length === 0) {
    say("training the lecture's small CNN on drawn cats and dogs. Some minutes; Ctrl-C saves.");
    say("`npm start -- --help` shows what else there is.");
  }
  const isDrawn = !args.some((arg) => /^--(data|epochs|resume)\b/.test(arg));
  const command = isCommand ? args : ["run", "small-cnn", ...(isDrawn ? DRAWN_EPOCHS : []), ...args];
  process.exitCode = await run(
    process.execPath,
    [join(root, "packages/apps/bin/convscope.mjs"), ...command],
    { env },
  );
});
