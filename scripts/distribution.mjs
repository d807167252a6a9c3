// Which Linux this is, and where its software Vulkan driver comes from. Pure functions.

/** Reads /etc/os-release: `NAME="value"` lines, as os-release(5) states. */
export function parseOsRelease(text) {
  const fields = {};
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line);
    if (match !== null) fields[match[1]] = match[2].replace(/^(["'])(.*)\1$/, "$2").replace(/\\(.)/g, "$1");
  }
  return fields;
}

/**
 * How to get Mesa's software Vulkan driver here.
 *
 * - `backports`: from the release's backports. Debian 12: its own Mesa, 22.3, is refused by Dawn; backports has 25.0.
 * - `archive`: the distribution's own is new enough (Debian 13, Ubuntu 24.04 and newer).
 * - `none`: not known; a person must install it.
 * @param {Record<string, string>} os the fields of /etc/os-release
 * @returns {{ from: "backports", release: string } | { from: "archive" } | { from: "none", name: string }}
 */
export function driverSource(os) {
  // A derivative (Mint, Pop!_OS, …) installs from the Ubuntu or Debian release that it names.
  if (os.UBUNTU_CODENAME || os.ID === "ubuntu") return ubuntu(os);
  const release = os.DEBIAN_CODENAME || (os.ID === "debian" ? os.VERSION_CODENAME : undefined);
  if (release === "bookworm") return { from: "backports", release };
  const version = Number.parseFloat(os.VERSION_ID);
  const recentDebian = os.ID === "debian" && (Number.isNaN(version) || version >= 13); // testing has no number
  if (recentDebian || ["trixie", "forky", "sid"].includes(release)) return { from: "archive" };
  return { from: "none", name: nameOf(os) };
}

function ubuntu(os) {
  const recent =
    os.ID === "ubuntu" ? Number.parseFloat(os.VERSION_ID) >= 24.04 : os.UBUNTU_CODENAME >= "noble";
  return recent ? { from: "archive" } : { from: "none", name: nameOf(os) };
}

const nameOf = (os) => os.PRETTY_NAME || os.NAME || os.ID || "this Linux";
