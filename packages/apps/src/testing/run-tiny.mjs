// `convscope run tiny …` as a process of its own: node run-tiny.mjs '{"data": "pets", "out": "runs/tiny"}'
import "../../../../scripts/register.mjs";

const { run } = await import("../commands/run.ts");
const { tinyExperiments } = await import("./tiny.ts");
try {
  await run(undefined, { ...JSON.parse(process.argv[2]) }, tinyExperiments);
} catch (error) {
  console.error(error.message);
  process.exitCode = error.exitCode ?? 1;
}
