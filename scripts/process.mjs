// Small things the scripts share: say a line, fail with a message, run a program.
import { spawn } from "node:child_process";

/** A failure the user can act on: its message is shown without a stack trace. */
export class SetupError extends Error {}

export const say = (line) => console.log(`convscope: ${line}`);

/** Runs the body of a script. A SetupError ends it with its message and exit code 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`convscope: ${error.message}`);
    process.exitCode = 1;
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a program with the terminal as its own. What would end us is handed on to it, and we stay until it has tidied up.
 * @returns {Promise<number>} its exit code; 1 if a signal ended it.
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", ...options });
    const handOn = (signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, handOn);
    child.on("error", reject);
    child.on("close", (code) => {
      for (const signal of SIGNALS) process.off(signal, handOn);
      resolve(code ?? 1);
    });
  });
}

/**
 * Runs a program quietly, without standard input.
 * @returns {Promise<{ code: number, output: string }>} exit code, and what it wrote (both streams). A program that
 *   cannot be started has code 127, one that a signal ended 1; the output says so.
 */
export function capture(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    const collect = (text) => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.on("error", (error) => resolve({ code: 127, output: `${output}${error.message}\n` }));
    child.on("close", (code, signal) => {
      resolve(code === null ? { code: 1, output: `${output}ended by ${signal}\n` } : { code, output });
    });
  });
}

/** The last lines of a program's output, indented: enough to see why it failed. */
export function lastLines(output, count = 20) {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines
    .slice(-count)
    .map((line) => `    ${line}`)
    .join("\n");
}

/** An argument as a POSIX shell reads it back: quoted only where it must be. */
export function shellQuote(argument) {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

export const shellLine = (words) => words.map(shellQuote).join(" ");
