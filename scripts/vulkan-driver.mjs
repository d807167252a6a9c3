// Linux only: where WebGPU finds no adapter, installs Mesa's software Vulkan driver, or says how to.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { hasSuite, mainArchive, parseSources, withSuite } from "./apt-sources.mjs";
import { driverSource, parseOsRelease } from "./distribution.mjs";
import { capture, lastLines, SetupError, say, shellLine } from "./process.mjs";

const PACKAGES = ["mesa-vulkan-drivers", "libvulkan1"];

/**
 * Makes sure that WebGPU computes on this machine.
 * @param {string} root of the repository
 * @param {NodeJS.ProcessEnv} env for the programs it starts
 * @throws {SetupError} where a person must act: no root rights, an unknown distribution, a failed installation
 */
export async function ensureAdapter(root, env) {
  const before = await checkAdapter(root, env);
  if (before.works) return;

  const os = parseOsRelease(readText("/etc/os-release"));
  const source = driverSource(os);
  if (source.from === "none") {
    throw new SetupError(
      `WebGPU finds no working adapter (${before.reason}), and how to install one on ${source.name} is not known here.\n` +
        "  Needed: a GPU's Vulkan driver, or Mesa's software driver (lavapipe; Mesa 24.0 and newer work), and the Vulkan\n" +
        `  loader; Debian and Ubuntu call the packages ${PACKAGES.join(" and ")}. Then run this command again.`,
    );
  }

  const commands = aptCommands(source, join(root, ".tools", "apt"));
  if (process.getuid() !== 0) {
    throw new SetupError(
      `WebGPU finds no working adapter (${before.reason}). Mesa's software Vulkan driver is needed; run\n\n` +
        `${commands.map((words) => `  ${shellLine(["sudo", ...words])}`).join(" &&\n")}\n\n  and then this command again.`,
    );
  }

  say("no WebGPU adapter: installing Mesa's software Vulkan driver (once) …");
  await install(commands, { ...env, DEBIAN_FRONTEND: "noninteractive" });
  const after = await checkAdapter(root, env);
  if (!after.works) {
    throw new SetupError(
      `Mesa's Vulkan driver is installed, but WebGPU still finds no working adapter (${after.reason}).\n` +
        "  See what Vulkan itself reports: apt-get install vulkan-tools, then vulkaninfo --summary.",
    );
  }
  say(`WebGPU adapter: ${after.name}`);
}

/** @returns {Promise<{ works: true, name: string } | { works: false, reason: string }>} */
async function checkAdapter(root, env) {
  const { code, output } = await capture(process.execPath, [join(root, "scripts", "adapter-check.mjs")], {
    env,
  });
  const last = output.trim().split("\n").at(-1);
  return code === 0 ? { works: true, name: last } : { works: false, reason: last };
}

/**
 * The two apt-get command lines, without `sudo`. Backports that the machine does not have configured are read from a
 * folder of our own, which stands in for sources.list.d while these commands run; the machine keeps its sources.
 */
function aptCommands(source, folder) {
  if (source.from === "archive") return aptGet([], PACKAGES);
  const suite = `${source.release}-backports`;
  const target = ["-t", suite, ...PACKAGES];
  const files = sourceFiles();
  const sources = files.flatMap((file) => parseSources(file, readText(file)));
  if (hasSuite(sources, suite)) return aptGet([], target);

  const archive = mainArchive(sources, source.release);
  if (archive === undefined) {
    throw new SetupError(
      `WebGPU finds no adapter, and ${suite} has the driver, but its address could not be derived: no entry for the\n` +
        `  Debian archive (type deb, suite ${source.release}, component main) in ${files.join(", ") || "/etc/apt"}.\n` +
        "  Configure apt's sources for Debian 12, and run this command again.",
    );
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of files.slice(1)) symlinkSync(file, join(folder, basename(file)));
  const { name, text } = withSuite(archive, suite);
  writeFileSync(join(folder, `convscope-${name}`), text, { mode: 0o600 }); // a URI may hold a password
  return aptGet(["-o", `Dir::Etc::sourceparts=${folder}`], target);
}

const aptGet = (options, packages) => [
  ["apt-get", ...options, "update"],
  ["apt-get", ...options, "install", "-y", "--no-install-recommends", ...packages],
];

/** apt's source lists: /etc/apt/sources.list first (it may be missing), then those of sources.list.d that apt reads. */
function sourceFiles() {
  const folder = "/etc/apt/sources.list.d";
  let names = [];
  try {
    names = readdirSync(folder);
  } catch {
    // No such folder: nothing is configured there.
  }
  const read = names.filter((name) => /^[\w.-]+\.(list|sources)$/.test(name)).sort();
  return ["/etc/apt/sources.list", ...read.map((name) => join(folder, name))];
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/**
 * A failed update alone is no reason to stop (one dead third-party source fails it, and apt-get often reports success
 * although it could fetch nothing): the installation decides, and then both are shown.
 */
async function install([update, add], env) {
  let said = "";
  for (const command of [update, add]) {
    const [program, ...args] = command;
    const { code, output } = await capture(program, args, { env });
    const noteworthy = output.split("\n").filter((line) => /^(E:|W:|Err:)/.test(line));
    const shown = noteworthy.length > 0 ? noteworthy.join("\n") : output;
    if (code !== 0 || noteworthy.length > 0) said += `\n  ${shellLine(command)}\n${lastLines(shown, 12)}`;
    if (command === add && code !== 0) {
      throw new SetupError(
        `Mesa's software Vulkan driver could not be installed:${said}\n` +
          "  Check the network, the proxy and apt's sources (/etc/apt), then run this command again.",
      );
    }
  }
}
