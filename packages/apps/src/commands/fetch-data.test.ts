import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convscopeHere, failureHere, folderOfTests, resultOf, startConvscope } from "../testing/convscope.ts";
import { progressLine } from "./fetch-data.ts";

/** A ZIP of one file, stored as it is. */
function zipOf(name: string, content: Buffer): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(content.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, Buffer.from(name), content]);
  const directory = Buffer.concat([
    Buffer.from("PK\x01\x02\x14\x03", "latin1"),
    common,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, directory, end]);
}

describe("convscope data fetch", () => {
  const folder = folderOfTests();
  const archive = zipOf("PetImages/Cat/0.jpg", Buffer.alloc(2_000_000, "cat"));
  const sha256 = createHash("sha256").update(archive).digest("hex");
  const ranges: (string | undefined)[] = [];
  let server: Server;
  let url = "";

  beforeAll(async () => {
    // /slow.zip sends half of the file, then nothing; asked for the rest it sends that.
    server = createServer(({ url, headers: { range } }, response) => {
      ranges.push(range);
      const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, {
        etag: '"pets"',
        "content-length": archive.length - start,
        ...(start > 0 ? { "content-range": `bytes ${start}-${archive.length - 1}/${archive.length}` } : {}),
      });
      if (url === "/slow.zip" && start === 0) response.write(archive.subarray(0, 1_000_000));
      else response.end(archive.subarray(start));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it("downloads and unpacks, and is honest about what it checked", async () => {
    const out = join(folder(), "pets");
    const fetched = (...args: string[]) =>
      convscopeHere("data", "fetch", out, "--url", `${url}/pets.zip`, ...args);
    expect(await fetched()).toEqual({
      code: 0,
      stdout:
        `1 file in ${out}, from 2.0 MB of ${url}/pets.zip\nSHA-256 ${sha256}\n` +
        "It was not checked against anything: a SHA-256 that you trust goes to --sha256.\n",
      stderr: "",
    });
    expect(await readFile(join(out, "PetImages", "Cat", "0.jpg"), "utf8")).toMatch(/^catcat/);
    const { stdout, stderr } = await fetched("--sha256", sha256, "--json");
    expect(stderr).toBe(`${out} holds this data set already: nothing was downloaded.\nSHA-256 ${sha256}\n`);
    expect(JSON.parse(stdout)).toEqual({
      folder: out,
      url: `${url}/pets.zip`,
      sha256,
      bytes: archive.length,
      isVerified: true,
      files: 1,
      isNew: false,
    });
  });

  it("goes on after Ctrl-C where it was", async () => {
    const args = ["data", "fetch", "later", "--url", `${url}/slow.zip`, "--sha256", sha256];
    const child = startConvscope(folder(), ...args);
    const result = resultOf(child);
    const part = join(folder(), "later.part");
    for (;;) {
      const bytes = await readFile(part).catch(() => Buffer.alloc(0));
      if (bytes.length === 1_000_000) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGINT");
    expect(await result).toEqual({
      code: 130,
      stdout: "",
      stderr: "\nconvscope: SIGINT: tidying up; once more ends at once.\nconvscope: interrupted by SIGINT.\n",
    });
    expect((await readdir(folder())).filter((name) => name.startsWith("later")).sort()).toEqual([
      "later.part",
      "later.part.json",
    ]);
    ranges.length = 0;
    expect(
      (await convscopeHere(...args.map((arg) => (arg === "later" ? join(folder(), arg) : arg)))).code,
    ).toBe(0);
    expect(ranges).toEqual(["bytes=1000000-"]);
  });

  it("installs nothing of another SHA-256", async () => {
    const args = ["--url", `${url}/pets.zip`, "--sha256", "0".repeat(64)];
    expect(await failureHere("data", "fetch", join(folder(), "wrong"), ...args)).toBe(
      `convscope: [fetchDataSet] ${url}/pets.zip has the SHA-256 ${sha256}, not ${"0".repeat(64)}: ` +
        "it is another file. The download was removed, and nothing was unpacked.",
    );
    expect((await readdir(folder())).filter((name) => name.startsWith("wrong"))).toEqual([]);
  });

  it("refuses what is no SHA-256", async () => {
    expect(await convscopeHere("data", "fetch", "x", "--sha256", "abc")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("argument 'abc' is invalid. Give 64 hexadecimal digits."),
    });
  });

  it("says how far it is, how fast, and how long it takes", () => {
    const line = progressLine();
    const at = (done: number, total: number | undefined, now: number) =>
      line({ phase: "download", done, total }, now);
    expect(at(100e6, 787e6, 0)).toBe("100 MB of 787 MB"); // it went on where it was: no rate yet
    expect(at(110e6, 787e6, 500)).toBe("110 MB of 787 MB, 20 MB/s, 34 s left");
    expect(at(110e6, 787e6, 10_000)).toBe("110 MB of 787 MB, 1.0 MB/s, 11 min 17 s left");
    expect(at(110e6, undefined, 10_000)).toBe("110 MB, 1.0 MB/s");
    expect(line({ phase: "unpack", done: 1200, total: 25_002 }, 0)).toBe("Unpacking: 1,200 of 25,002 files");
    expect(line({ phase: "unpack", done: 1200, total: undefined }, 0)).toBe("Unpacking: 1,200 files");
  });
});
