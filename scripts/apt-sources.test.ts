import { describe, expect, it } from "vitest";
import { hasSuite, mainArchive, parseSources, withSuite } from "./apt-sources.mjs";

const CONTAINER = `Types: deb
# http://snapshot.test/archive/debian/20250520T000000Z
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

const INSTALLER = `#deb cdrom:[Debian GNU/Linux 12 _Bookworm_ - Official amd64 NETINST]/ bookworm main

deb http://mirror.test/debian/ bookworm main non-free-firmware  # the archive
deb-src http://mirror.test/debian/ bookworm main non-free-firmware
deb http://security.test/debian-security bookworm-security main
deb http://mirror.test/debian/ bookworm-updates main
`;

describe("one line per entry", () => {
  it("reads types, options, address, suite, components, and skips comments", () => {
    const sources = parseSources("sources.list", INSTALLER);
    expect(sources.map(({ types, suites }) => `${types} ${suites}`)).toEqual([
      "deb bookworm",
      "deb-src bookworm",
      "deb bookworm-security",
      "deb bookworm-updates",
    ]);
    expect(sources[0]).toMatchObject({
      uris: ["http://mirror.test/debian/"],
      components: ["main", "non-free-firmware"],
      signedBy: "",
    });
  });

  it("keeps options, with and without spaces around them", () => {
    const text =
      "deb [ arch=amd64,arm64 signed-by=/k.gpg ] http://m.test/debian bookworm main\n" +
      "deb [trusted=yes] http://m.test/other bookworm main\n";
    const [first, second] = parseSources("a.list", text);
    expect(first).toMatchObject({ options: "arch=amd64,arm64 signed-by=/k.gpg", signedBy: "/k.gpg" });
    expect(second).toMatchObject({ options: "trusted=yes", signedBy: "", uris: ["http://m.test/other"] });
  });

  it("derives another suite", () => {
    const [plain] = parseSources("sources.list", INSTALLER);
    expect(withSuite(plain!, "bookworm-backports")).toEqual({
      name: "bookworm-backports.list",
      text: "deb http://mirror.test/debian/ bookworm-backports main non-free-firmware\n",
    });
    const [options] = parseSources("a.list", "deb [signed-by=/k.gpg] mirror+file:/etc/m.list bookworm main");
    expect(withSuite(options!, "bookworm-backports").text).toBe(
      "deb [signed-by=/k.gpg] mirror+file:/etc/m.list bookworm-backports main\n",
    );
  });
});

describe("deb822", () => {
  it("reads stanzas, also past comments inside one", () => {
    expect(parseSources("debian.sources", CONTAINER)).toMatchObject([
      {
        enabled: true,
        types: ["deb"],
        uris: ["http://mirror.test/debian"],
        suites: ["bookworm", "bookworm-updates"],
        components: ["main"],
        signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg",
      },
      { suites: ["bookworm-security"] },
    ]);
  });

  it("reads any case of field names, continued values, several blank lines, comment-only stanzas", () => {
    const text =
      "\n# nothing here\n\n\n \ntypes: deb deb-src\nURIS:\n http://a.test\n http://b.test\nSuites: x\n\n# end\n";
    expect(parseSources("a.sources", text)).toMatchObject([
      { types: ["deb", "deb-src"], uris: ["http://a.test", "http://b.test"], suites: ["x"], components: [] },
    ]);
  });

  it.each([
    ["no", false],
    ["False", false],
    ["0", false],
    ["yes", true],
  ])("Enabled: %s", (word, enabled) => {
    const text = `Types: deb\nURIs: http://a.test\nSuites: x\nEnabled: ${word}\n`;
    expect(parseSources("a.sources", text)[0]!.enabled).toBe(enabled);
  });

  it("derives another suite, and keeps every other field, an embedded key too", () => {
    const text =
      "Enabled: yes\nTypes: deb deb-src\nURIs: http://m.test/debian\nSuites: bookworm bookworm-updates\n" +
      "Components: main contrib\nArchitectures: amd64\n" +
      "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS\n" +
      " -----END PGP PUBLIC KEY BLOCK-----\n";
    const [source] = parseSources("a.sources", text);
    expect(withSuite(source!, "bookworm-backports")).toEqual({
      name: "bookworm-backports.sources",
      text: text
        .replace("deb deb-src", "deb")
        .replace("Suites: bookworm bookworm-updates", "Suites: bookworm-backports"),
    });
  });
});

describe("the distribution's archive", () => {
  const archive = (...files: [name: string, text: string][]) =>
    mainArchive(
      files.flatMap(([name, text]) => parseSources(name, text)),
      "bookworm",
    )?.uris[0];

  it("is found in both formats", () => {
    expect(archive(["debian.sources", CONTAINER])).toBe("http://mirror.test/debian");
    expect(archive(["sources.list", INSTALLER])).toBe("http://mirror.test/debian/");
  });

  it("is not another publisher's that comes first", () => {
    const docker = "deb [signed-by=/etc/apt/keyrings/docker.asc] http://docker.test/debian bookworm stable\n";
    const other = "deb [signed-by=/etc/apt/keyrings/other.gpg] http://other.test/debian bookworm main\n";
    expect(archive(["a.list", docker + other], ["debian.sources", CONTAINER])).toBe(
      "http://mirror.test/debian",
    );
    expect(archive(["a.list", other], ["b.list", "deb http://m.test/debian bookworm main"])).toBe(
      "http://m.test/debian",
    );
  });

  it("is not disabled, not sources only, not a CD, not another release", () => {
    expect(
      archive(["a.sources", CONTAINER.replaceAll("Types: deb", "Enabled: no\nTypes: deb")]),
    ).toBeUndefined();
    expect(archive(["a.list", "deb-src http://m.test/debian bookworm main"])).toBeUndefined();
    expect(archive(["a.list", "deb cdrom:[x]/ bookworm main"])).toBeUndefined();
    expect(archive(["a.list", "deb http://m.test/debian trixie main"])).toBeUndefined();
    expect(archive(["a.list", ""])).toBeUndefined();
  });
});

it("sees backports that are configured already, unless disabled", () => {
  const text =
    "Types: deb\nURIs: http://m.test/debian\nSuites: bookworm bookworm-backports\nComponents: main\n";
  expect(hasSuite(parseSources("a.sources", text), "bookworm-backports")).toBe(true);
  expect(hasSuite(parseSources("a.sources", `${text}Enabled: no\n`), "bookworm-backports")).toBe(false);
  expect(hasSuite(parseSources("a.sources", CONTAINER), "bookworm-backports")).toBe(false);
});
