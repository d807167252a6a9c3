// Where apt looks for packages: reads both formats of its source lists (sources.list(5)), finds the archive of the
// distribution itself, and derives from it the entry of its backports. Pure functions; no host is named here.

/**
 * One source of packages.
 * @typedef {object} Source
 * @property {"line" | "deb822"} format of the file it stands in
 * @property {boolean} enabled
 * @property {string[]} types `deb`, `deb-src`
 * @property {string[]} uris
 * @property {string[]} suites
 * @property {string[]} components
 * @property {string} signedBy path of its keyring, an embedded key, or "" where none is given
 * @property {string} options the text between `[` and `]` (line format)
 * @property {[name: string, value: string][]} fields as written (deb822 format)
 */

const words = (text) => text.split(/\s+/).filter((word) => word !== "");

/**
 * Reads a source list.
 * @param {string} name of the file: `.sources` is deb822, everything else has one line per entry
 * @param {string} text its content
 * @returns {Source[]}
 */
export const parseSources = (name, text) =>
  name.endsWith(".sources") ? parseDeb822(text) : parseLines(text);

/** `deb [option=value …] uri suite component …  # comment` */
function parseLines(text) {
  const sources = [];
  for (const line of text.split("\n")) {
    const match = /^\s*(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)([^#]*)/.exec(line);
    if (match === null) continue;
    const [, type, options = "", uri, suite, components] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1] ?? "";
    sources.push({
      format: "line",
      enabled: true,
      types: [type],
      uris: [uri],
      suites: [suite],
      components: words(components),
      signedBy,
      options: options.trim(),
      fields: [],
    });
  }
  return sources;
}

/** Stanzas of `Field: value`, parted by empty lines; a line that begins with a space continues the value. */
function parseDeb822(text) {
  const sources = [];
  const uncommented = text.split("\n").filter((line) => !line.startsWith("#"));
  for (const stanza of uncommented.join("\n").split(/\n(?:[ \t]*\n)+/)) {
    const fields = [];
    for (const line of stanza.split("\n")) {
      const start = /^([^\s:]+):[ \t]*(.*)$/.exec(line);
      if (start !== null) fields.push([start[1], start[2].trimEnd()]);
      else if (/^[ \t]+\S/.test(line) && fields.length > 0) fields.at(-1)[1] += `\n${line.trimEnd()}`;
    }
    const value = (name) => fields.find(([field]) => field.toLowerCase() === name)?.[1] ?? "";
    if (value("uris") === "") continue;
    sources.push({
      format: "deb822",
      enabled: !/^(no|false|without|off|disable|0)$/i.test(value("enabled")),
      types: words(value("types")),
      uris: words(value("uris")),
      suites: words(value("suites")),
      components: words(value("components")),
      signedBy: value("signed-by").trim(),
      options: "",
      fields,
    });
  }
  return sources;
}

const offersBinaries = (source) => source.enabled && source.types.includes("deb");

/** Whether a suite is configured already, for binary packages. */
export const hasSuite = (sources, suite) =>
  sources.some((source) => offersBinaries(source) && source.suites.includes(suite));

/**
 * The entry of the distribution's own archive. Other publishers name their suites after the release too; the archive
 * is told from them by carrying `RELEASE-updates` at the same address, and by its keyring.
 * @param {Source[]} sources
 * @param {string} release the release's code name
 * @returns {Source | undefined}
 */
export function mainArchive(sources, release) {
  const updates = sources.filter((source) => source.suites.includes(`${release}-updates`));
  const addresses = new Set(updates.flatMap((source) => source.uris));
  const likeness = (source) =>
    (source.uris.some((uri) => addresses.has(uri)) ? 2 : 0) +
    (source.signedBy === "" || source.signedBy.includes("debian-archive-keyring") ? 1 : 0);
  const candidates = sources.filter(
    (source) =>
      offersBinaries(source) &&
      source.suites.includes(release) &&
      source.components.includes("main") &&
      !source.uris.some((uri) => uri.startsWith("cdrom:")),
  );
  return candidates.sort((a, b) => likeness(b) - likeness(a))[0];
}

/**
 * The same archive, same options and key, but another suite, binary packages only.
 * @param {Source} source
 * @param {string} suite
 * @returns {{ name: string, text: string }} a file for apt's sources.list.d
 */
export function withSuite(source, suite) {
  if (source.format === "line") {
    const options = source.options === "" ? "" : `[${source.options}] `;
    const line = `deb ${options}${source.uris[0]} ${suite} ${source.components.join(" ")}`;
    return { name: `${suite}.list`, text: `${line}\n` };
  }
  const replaced = { types: "deb", suites: suite };
  const lines = source.fields.map(([name, value]) => {
    const written = replaced[name.toLowerCase()] ?? value;
    return written.startsWith("\n") ? `${name}:${written}` : `${name}: ${written}`;
  });
  return { name: `${suite}.sources`, text: `${lines.join("\n")}\n` };
}
