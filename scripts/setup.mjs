// Sets up all that a clone needs: Node is recent enough, the pinned pnpm, the dependencies of the lockfile, and on
// Linux a WebGPU adapter. Says a line for what it does, nothing for what is there already.
// `npm start` and `npm test` call it; `node scripts/setup.mjs` does it alone.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { capture, lastLines, main, SetupError, say } from "./process.mjs";
import { ensureAdapter } from "./vulkan-driver.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/**
 * @returns {Promise<NodeJS.ProcessEnv>} the environment for the programs of this project: the pinned pnpm in PATH
 * @throws {SetupError} where a person must act
 */
export async function setup() {
  checkNode();
  const env = {
    XDG_RUNTIME_DIR: tmpdir(), // Mesa complains where it is not set
    ...process.env,
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  };
  const pnpm = await ensurePnpm(env);
  const path = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH"; // `Path` on Windows
  env[path] = [join(pnpm, "node_modules", ".bin"), env[path]].join(delimiter);
  await ensureDependencies(join(pnpm, "node_modules", "pnpm", "bin", "pnpm.cjs"), env);
  if (process.platform === "linux") await ensureAdapter(root, env);
  return env;
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(
    `Node ${process.versions.node} is too old: 20.19 or newer is needed. Install one (nvm, fnm, nodejs.org, or a newer\n` +
      "  package of your distribution), and run this command again.",
  );
}

/** Installs the pnpm that package.json pins into .tools/pnpm, nothing global, and returns that folder. */
async function ensurePnpm(env) {
  const [, version] = /^pnpm@([^+]+)/.exec(readJson(join(root, "package.json")).packageManager);
  const folder = join(root, ".tools", "pnpm");
  const installed = join(folder, "node_modules", "pnpm", "package.json");
  if (existsSync(installed) && readJson(installed).version === version) return folder;

  say(`installing pnpm ${version} into .tools (once) …`);
  const args = ["install", "--prefix", folder, "--no-save", "--no-package-lock", "--no-audit", "--no-fund"];
  const { code, output } = await npm([...args, `pnpm@${version}`], env);
  if (code !== 0) throw new SetupError(`npm could not install pnpm ${version}:\n${lastLines(output)}`);
  return folder;
}

/** Runs npm: the one that started us, if one did; else the one in PATH. */
function npm(args, env) {
  const self = env.npm_execpath ?? "";
  if (self.endsWith("npm-cli.js")) return capture(process.execPath, [self, ...args], { env });
  return capture("npm", args, { env, shell: process.platform === "win32" });
}

/** Installs what the lockfile says, unless that was done already for this lockfile on this kind of machine. */
async function ensureDependencies(pnpm, env) {
  const stamp = join(root, "node_modules", ".convscope-stamp");
  const lockfile = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .digest("hex");
  const wanted = `${process.platform}-${process.arch} ${lockfile}\n`;
  const packages = readdirSync(join(root, "packages"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const linked = packages.every(({ name }) => existsSync(join(root, "packages", name, "node_modules")));
  if (linked && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;

  say("installing the dependencies of pnpm-lock.yaml …");
  const args = [pnpm, "install", "--frozen-lockfile", "--config.confirmModulesPurge=false"];
  const { code, output } = await capture(process.execPath, args, { cwd: root, env });
  if (code !== 0) throw new SetupError(`pnpm could not install the dependencies:\n${lastLines(output)}`);
  writeFileSync(stamp, wanted);
}

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main(setup);
