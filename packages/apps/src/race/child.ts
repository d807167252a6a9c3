/** The process of one competitor: it prepares one workload, and runs it when it is told. */
import { Cannot, type Prepared } from "./competitor.ts";
import { entryOf } from "./competitors/index.ts";
import { dataOf } from "./data.ts";
import { offerWebgpu } from "./dawn.ts";
import type { Answers, Reply, Request } from "./protocol.ts";

let prepared: Prepared | undefined;

async function answer(request: Request): Promise<Answers[Request["ask"]]> {
  if (request.ask === "prepare") {
    const { open, webgpu } = entryOf(request.competitor);
    if (webgpu) offerWebgpu(webgpu);
    const competitor = await open(request.kernels);
    prepared = await competitor.prepare(request.workload, dataOf(request.workload));
    return competitor.versions;
  }
  if (!prepared) throw new Error(`[race] ${request.ask} was asked for before prepare.`);
  if (request.ask === "check") return prepared.check();
  const before = performance.now();
  await prepared.run(request.times);
  return performance.now() - before;
}

/** The first line says it; a module that is not there is a package that is not installed. */
function replyTo(error: unknown): Reply {
  if (!(error instanceof Error)) return { error: String(error) };
  if (error instanceof Cannot) return { cannot: error.message };
  const [line] = error.message.split("\n");
  const isMissing = "code" in error && /MODULE_NOT_FOUND$/.test(String(error.code));
  const name = /Cannot find \w+ '([^']+)'/.exec(line)?.[1];
  return isMissing && name ? { cannot: `${name} is not installed` } : { error: line };
}

process.on("message", async (request: Request) => {
  const reply = await answer(request).then((value): Reply => ({ answer: value }), replyTo);
  process.send?.(reply);
});
process.on("disconnect", () => process.exit());
