// `convscope run tiny …` as a process of its own: node run-tiny.mjs '{"data": "pets"}'
import "../../../../scripts/register.mjs";

const { run } = await import("../commands/run.ts");
const { tinyExperiments } = await import("./tiny.ts");
const options = JSON.parse(process.argv[2]);
try {
  await run(options.resume ? undefined : "tiny", options, tinyExperiments);
} catch (error) {
  console.error(error.message);
  process.exitCode = error.exitCode ?? 1;
}
