import { describe, expect, it } from "vitest";
import { driverSource, parseOsRelease } from "./distribution.mjs";

it("reads os-release: plain, quoted, escaped, commented", () => {
  const text = `# a comment\nID=debian\nNAME="Debian GNU/Linux"\nVERSION='12 (bookworm)'\nX="a \\"b\\" \\$c"\n\n`;
  expect(parseOsRelease(text)).toEqual({
    ID: "debian",
    NAME: "Debian GNU/Linux",
    VERSION: "12 (bookworm)",
    X: 'a "b" $c',
  });
});

describe("the driver comes from", () => {
  const BACKPORTS = { from: "backports", release: "bookworm" };
  const ARCHIVE = { from: "archive" };
  it.each([
    ["Debian 12", { ID: "debian", VERSION_ID: "12", VERSION_CODENAME: "bookworm" }, BACKPORTS],
    ["Debian 13", { ID: "debian", VERSION_ID: "13", VERSION_CODENAME: "trixie" }, ARCHIVE],
    ["Debian testing", { ID: "debian", VERSION_CODENAME: "forky" }, ARCHIVE],
    [
      "LMDE 6",
      { ID: "linuxmint", ID_LIKE: "debian", VERSION_ID: "6", DEBIAN_CODENAME: "bookworm" },
      BACKPORTS,
    ],
    ["LMDE 7", { ID: "linuxmint", ID_LIKE: "debian", VERSION_ID: "7", DEBIAN_CODENAME: "trixie" }, ARCHIVE],
    ["Ubuntu 24.04", { ID: "ubuntu", VERSION_ID: "24.04", UBUNTU_CODENAME: "noble" }, ARCHIVE],
    ["Ubuntu 25.10", { ID: "ubuntu", VERSION_ID: "25.10", UBUNTU_CODENAME: "questing" }, ARCHIVE],
    [
      "Mint 22",
      { ID: "linuxmint", ID_LIKE: "ubuntu debian", VERSION_ID: "22", UBUNTU_CODENAME: "noble" },
      ARCHIVE,
    ],
  ])("%s", (_, os, expected) => {
    expect(driverSource(os)).toEqual(expected);
  });

  it.each([
    ["Debian 11", { ID: "debian", VERSION_ID: "11", VERSION_CODENAME: "bullseye" }],
    ["Ubuntu 22.04", { ID: "ubuntu", VERSION_ID: "22.04", UBUNTU_CODENAME: "jammy" }],
    ["Mint 21", { ID: "linuxmint", ID_LIKE: "ubuntu debian", VERSION_ID: "21.3", UBUNTU_CODENAME: "jammy" }],
    ["Fedora Linux 42", { ID: "fedora", VERSION_ID: "42" }],
    ["Alpine Linux", { ID: "alpine", VERSION_ID: "3.22.1" }],
  ])("a person on %s", (name, os) => {
    expect(driverSource({ ...os, PRETTY_NAME: name })).toEqual({ from: "none", name });
  });

  it("a person where os-release is missing", () => {
    expect(driverSource({})).toEqual({ from: "none", name: "this Linux" });
  });
});
