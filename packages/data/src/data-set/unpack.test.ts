import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { packTar } from "modern-tar";
import { describe, expect, it } from "vitest";
import { makeZip, type ZipEntry } from "../testing/make-zip.ts";
import { ArchiveError, unpack } from "./unpack.ts";

const pets: readonly ZipEntry[] = [
  { name: "PetImages/", mode: 0o040755 },
  { name: "PetImages/Cat/0.jpg", content: "cat 0" },
  { name: "PetImages/Dog/0.jpg", content: "dog 0" },
  { name: "PetImages/Empty/", mode: 0 },
  { name: "readme ü.txt", content: "" },
];

/** Unpacks; what comes out, and whether it stayed in its folder. */
async function unpacked(archive: Uint8Array) {
  const root = await temporaryFolder();
  const folder = join(root, "out");
  await mkdir(folder);
  await writeFile(join(root, "archive"), archive);
  const progress: unknown[][] = [];
  const result = unpack(join(root, "archive"), folder, { onProgress: (...args) => progress.push(args) });
  const outcome = await result.catch((error: unknown) => error);
  expect((await readdir(root)).sort()).toEqual(["archive", "out"]);
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    files[entry.isDirectory() ? `${name}/` : name] = entry.isDirectory() ? "" : await readFile(path, "utf8");
  }
  return { outcome, files, progress };
}

const reasonOf = ({ outcome }: { outcome: unknown }) => {
  expect(outcome).toBeInstanceOf(ArchiveError);
  return (outcome as ArchiveError).reason;
};

const isLink = (mode: number) => (mode & 0o170000) === 0o120000;
const tarOf = (entries: readonly ZipEntry[]) =>
  packTar(
    entries.map(({ name, content = "", mode = 0 }) => {
      if (isLink(mode)) return { header: { name, size: 0, type: "symlink", linkname: String(content) } };
      const size = Buffer.byteLength(content);
      return { header: { name, size, type: name.endsWith("/") ? "directory" : "file" }, body: content };
    }),
  );

const files = {
  "PetImages/": "",
  "PetImages/Cat/": "",
  "PetImages/Cat/0.jpg": "cat 0",
  "PetImages/Dog/": "",
  "PetImages/Dog/0.jpg": "dog 0",
  "PetImages/Empty/": "",
  "readme ü.txt": "",
};

describe.each([
  ["ZIP", async (entries: readonly ZipEntry[]) => makeZip(entries)],
  ["tar", tarOf],
  ["tar.gz", async (entries: readonly ZipEntry[]) => gzipSync(await tarOf(entries))],
])("unpack %s", (kind, pack) => {
  it("makes files and folders", async () => {
    const result = await unpacked(await pack(pets));
    expect(result.outcome).toBe(3);
    expect(result.files).toEqual(files);
    const total = kind === "ZIP" ? 3 : undefined;
    expect(result.progress).toEqual([1, 2, 3].map((done) => [done, total]));
  });

  it.each(["../out.txt", "a/../../out.txt", "/tmp/out.txt", "C:/out.txt", "..\\out.txt"])(
    "refuses the path %j",
    async (name) => {
      const result = await unpacked(
        await pack([
          { name: "good", content: "" },
          { name, content: "evil" },
        ]),
      );
      expect(reasonOf(result)).toMatch(/leads out of its folder|relative path|absolute path/);
      expect(Object.values(result.files)).not.toContain("evil");
    },
  );

  it("refuses links", async () => {
    const result = await unpacked(await pack([{ name: "link", content: "/etc/passwd", mode: 0o120777 }]));
    expect(reasonOf(result)).toBe(
      'holds "link", which is neither a file nor a folder but a link or a device: refused.',
    );
    expect(result.files).toEqual({});
  });

  it("refuses two files of one name", async () => {
    const name = "a.jpg";
    const result = await unpacked(
      await pack([
        { name, content: "1" },
        { name, content: "2" },
      ]),
    );
    expect(reasonOf(result)).toBe('holds "a.jpg" twice: refused.');
  });

  it("notices that the end is missing", async () => {
    const whole = await pack(pets);
    for (const length of [whole.length - 1, Math.floor(whole.length / 2)]) {
      const result = await unpacked(whole.subarray(0, length));
      expect(reasonOf(result)).toMatch(/^is damaged or cut off: /);
    }
  });
});

describe("unpack", () => {
  it("refuses bombs, before much is written", async () => {
    const honest = await unpacked(makeZip([{ name: "good" }, { name: "zeros", claims: 70_000_000 }]));
    expect(reasonOf(honest)).toBe(
      "unpacks to more than 67,108,864 bytes, a hundred times its size (a bomb?): refused.",
    );
    expect(honest.files).toEqual({});
    const lying = await unpacked(makeZip([{ name: "zeros", content: new Uint8Array(1e6), claims: 1000 }]));
    expect(reasonOf(lying)).toMatch(/^is damaged or cut off: too many bytes in the stream/);
    const zeros = new Uint8Array(70_000_000);
    const tar = await tarOf([{ name: "zeros", content: zeros }]);
    expect(reasonOf(await unpacked(gzipSync(tar, { level: 1 })))).toContain("(a bomb?): refused.");
  });

  it("checks the checksums of a ZIP", async () => {
    const result = await unpacked(makeZip([{ name: "a.jpg", content: "cat", crcError: 1 }]));
    expect(reasonOf(result)).toBe('is damaged: the checksum of "a.jpg" is wrong.');
  });

  it.each([
    ["nothing", "", "is none: it begins with nothing. ZIP, tar or tar.gz was needed."],
    ["a page", "<html>Not here", 'is none: it begins with "<html>Not here". ZIP, tar or tar.gz was needed.'],
    [
      "a picture",
      Uint8Array.of(0xff, 0xd8, 0xff),
      "is none: it begins with bytes of another kind. ZIP, tar or tar.gz was needed.",
    ],
  ])("says that %s is no archive", async (_, content, reason) => {
    expect(reasonOf(await unpacked(Buffer.from(content)))).toBe(reason);
  });

  it("tells a disk that cannot be written to from a bad archive", async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, "archive"), makeZip(pets));
    await writeFile(join(root, "file"), "");
    const result = unpack(join(root, "archive"), join(root, "file"));
    await expect(result).rejects.not.toBeInstanceOf(ArchiveError);
    expect(await rejection(unpack(join(root, "archive"), join(root, "file")))).toContain(
      "cannot be written: a part of its folder's path is a file",
    );
  });

  it("stops when it is told to", async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, "out"));
    await writeFile(join(root, "archive"), makeZip(pets));
    const controller = new AbortController();
    const result = unpack(join(root, "archive"), join(root, "out"), {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    expect(await rejection(result)).toBe("enough");
  });

  const hasTar = process.platform === "linux";
  it.skipIf(!hasTar)("reads what GNU tar writes, with long names and bodies of many pieces", async () => {
    const root = await temporaryFolder();
    const name = `${"long".repeat(40)}.jpg`;
    const content = Buffer.alloc(300_001, "abc");
    await mkdir(join(root, "Cat"));
    await writeFile(join(root, "Cat", name), content);
    for (const format of ["gnu", "pax"]) {
      execFileSync("tar", [`--format=${format}`, "-czf", "archive", "Cat"], { cwd: root });
      const result = await unpacked(await readFile(join(root, "archive")));
      expect(result.outcome).toBe(1);
      expect(result.files[join("Cat", name)]).toBe(content.toString());
    }
    await symlink("Cat", join(root, "link"));
    execFileSync("tar", ["-czf", "archive", "link"], { cwd: root });
    expect(reasonOf(await unpacked(await readFile(join(root, "archive"))))).toContain("a link or a device");
    expect((await stat(join(root, "archive"))).size).toBeGreaterThan(0);
  });
});
