import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Cannot } from "./competitor.ts";
import type { CompetitorName } from "./competitors/index.ts";
import type { Answers, Reply, Request } from "./protocol.ts";

const program = fileURLToPath(new URL("./child.ts", import.meta.url));
const register = new URL("../../../../scripts/register.mjs", import.meta.url).href;

/** A competitor in a process of its own: its library, its polling, its memory. It ends with us, or by `end`. */
export class CompetitorProcess {
  readonly name: CompetitorName;
  readonly #child: ChildProcess;
  /** The end of what it said on standard error. */
  #lastWords = "";

  constructor(name: CompetitorName) {
    this.name = name;
    this.#child = fork(program, {
      execArgv: ["--import", register],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-2000);
    });
  }

  /** @throws {Cannot} with the competitor's own reason; an Error where it fails or its process ends */
  ask<Ask extends Request["ask"]>(request: Extract<Request, { ask: Ask }>): Promise<Answers[Ask]> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const settled = () => {
        child.off("message", hear).off("exit", end).off("error", reject);
      };
      const hear = (reply: Reply) => {
        settled();
        if ("answer" in reply) resolve(reply.answer as Answers[Ask]);
        else reject("cannot" in reply ? new Cannot(reply.cannot) : new Error(reply.error));
      };
      const end = (code: number | null, signal: string | null) => {
        settled();
        reject(new Error(`its process ended (${signal ?? `exit code ${code}`})${this.#lastLine()}`));
      };
      if (child.exitCode !== null || child.signalCode !== null) {
        end(child.exitCode, child.signalCode);
        return;
      }
      child.on("message", hear).on("exit", end).on("error", reject);
      child.send(request);
    });
  }

  #lastLine(): string {
    const lines = this.#lastWords
      .split("\n")
      .filter((line) => line.trim() && !/^Warning: maxDynamic/.test(line));
    return lines.length > 0 ? `: ${lines.at(-1)?.trim()}` : "";
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}
