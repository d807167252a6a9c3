// `npm start`: sets everything up, then trains the small CNN (on drawn pets, unless --data names a folder).
//   npm start -- --epochs 3      passes options on to `convscope run small-cnn`
//   npm start -- doctor --json   runs any other convscope command
import { join } from "node:path";
import { main, run } from "./process.mjs";
import { root, setup } from "./setup.mjs";

await main(async () => {
  const env = await setup();
  const args = process.argv.slice(2);
  const isCommand = args.length > 0 && !args[0].startsWith("-");
  const command = isCommand ? args : ["run", "small-cnn", ...args];
  process.exitCode = await run(
    process.execPath,
    [join(root, "packages/apps/bin/convscope.mjs"), ...command],
    { env },
  );
});
