import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Debian's Python, for which python3-h5py is: the one in PATH may be another. */
const python = "/usr/bin/python3";

/** Whether there is a Python with h5py. Where there is none, the tests that need it are skipped, and this says so. */
export function hasH5py(): boolean {
  const has = spawnSync(python, ["-c", "import h5py"]).status === 0;
  if (!has) console.log(`skipped: ${python} has no h5py to check HDF5 against (Debian: python3-h5py).`);
  return has;
}

/** Runs a script of test/reference. @throws with what it printed where it fails */
export function runReference(script: string, args: readonly string[]): string {
  const path = fileURLToPath(new URL(`./reference/${script}`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(python, [path, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`[${script}] ${stdout}${stderr}`);
  return stdout;
}
