import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeZip } from "../testing/make-zip.ts";
import { type FetchDataSetOptions, type FetchProgress, fetchDataSet } from "./fetch-data-set.ts";

const random = (length: number) => {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (state * 48271) % 2147483647;
    return state & 255;
  });
};
const archive = makeZip([
  { name: "PetImages/Cat/0.jpg", content: random(300_000) },
  { name: "PetImages/Dog/0.jpg", content: "dog 0" },
]);
const sha256 = createHash("sha256").update(archive).digest("hex");

interface Seen {
  readonly range: string | undefined;
  readonly ifRange: string | string[] | undefined;
}

/** A server on this machine, with what it was asked. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ range: request.headers.range, ifRange: request.headers["if-range"] });
    answer(request, response, seen.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/pets.zip`, seen };
}

/** Answers as a good file server does. */
function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { content = archive, etag = '"1"', breakAfter = Number.POSITIVE_INFINITY, ranges = true } = {},
): void {
  const { range, "if-range": ifRange } = request.headers;
  const asked = /^bytes=(\d+)-$/.exec(range ?? "");
  const start = ranges && asked !== null && ifRange === etag ? Number(asked[1]) : 0;
  const body = content.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    "content-length": body.length,
    etag,
    ...(start > 0 ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  if (body.length <= breakAfter) response.end(body);
  else response.write(body.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 20));
}

const quick = { pauseMilliseconds: 1, tries: 3 } as const;

describe("fetchDataSet", () => {
  const fetchInto = async (url: string, options: FetchDataSetOptions = {}) => {
    const root = await temporaryFolder();
    const out = join(root, "pets");
    return { root, out, result: fetchDataSet(out, { ...quick, url, ...options }) };
  };

  it("downloads, checks and unpacks; the second time it does nothing", async () => {
    const { url, seen } = await serve((request, response) => sendFile(request, response));
    const progress: FetchProgress[] = [];
    const { root, out, result } = await fetchInto(url, {
      sha256: sha256.toUpperCase(),
      onProgress: (now) => progress.push(now),
    });
    const expected = { directory: out, url, sha256, bytes: archive.length, isVerified: true, files: 2 };
    expect(await result).toEqual({ ...expected, isNew: true });
    expect(await readdir(root)).toEqual(["pets"]);
    expect((await readdir(out)).sort()).toEqual(["PetImages", "fetched.json"]);
    expect(await readFile(join(out, "PetImages", "Dog", "0.jpg"), "utf8")).toBe("dog 0");
    const downloads = progress.filter(({ phase }) => phase === "download");
    expect(downloads.at(-1)).toEqual({ phase: "download", done: archive.length, total: archive.length });
    expect(progress.slice(-2)).toEqual([1, 2].map((done) => ({ phase: "unpack", done, total: 2 })));

    expect(await fetchDataSet(out, { url, sha256 })).toEqual({ ...expected, isNew: false });
    expect(await fetchDataSet(out, { url })).toEqual({ ...expected, isVerified: false, isNew: false });
    expect(seen).toHaveLength(1);
    expect(await rejection(fetchDataSet(out, { url: `${url}2` }))).toBe(
      `[fetchDataSet] ${out} holds ${url} with the SHA-256 ${sha256}: name a new or an empty folder. ` +
        "Nothing was downloaded.",
    );
  });

  it("says that it checked nothing where no SHA-256 is given", async () => {
    const { url } = await serve((request, response) => sendFile(request, response));
    const { result } = await fetchInto(url);
    expect(await result).toMatchObject({ sha256, isVerified: false });
  });

  it("goes on where a connection broke off", async () => {
    const { url, seen } = await serve((request, response, count) =>
      sendFile(request, response, { breakAfter: count < 5 ? 70_000 : Number.POSITIVE_INFINITY }),
    );
    const retries: string[] = [];
    const { result } = await fetchInto(url, { sha256, onRetry: (reason) => retries.push(reason) });
    expect(await result).toMatchObject({ isNew: true, bytes: archive.length });
    expect(seen.map(({ range }) => range)).toEqual([
      undefined,
      ...[70_000, 140_000, 210_000, 280_000].map((start) => `bytes=${start}-`),
    ]);
    expect(seen.slice(1).every(({ ifRange }) => ifRange === '"1"')).toBe(true);
    expect(retries).toHaveLength(4); // more than the tries that bring nothing
    expect(retries[0]).toMatch(/^the connection (failed|broke off)/);
  });

  it("goes on in another call, after an interruption", async () => {
    const { url, seen } = await serve((request, response) => sendFile(request, response));
    const controller = new AbortController();
    const { root, out, result } = await fetchInto(url, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    expect(await rejection(result)).toBe("enough");
    expect((await readdir(root)).sort()).toEqual(["pets.part", "pets.part.json"]);
    const { size } = await stat(`${out}.part`);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(archive.length);
    expect(await fetchDataSet(out, { url, sha256 })).toMatchObject({ isNew: true });
    expect(seen[1]).toEqual({ range: `bytes=${size}-`, ifRange: '"1"' });
    expect(await readdir(root)).toEqual(["pets"]);
  });

  it.each([
    ["knows no ranges", { ranges: false }, {}],
    ["has another file by now", {}, { etag: '"2"' }],
    ["has only a weak ETag", { etag: 'W/"1"' }, { etag: 'W/"1"' }],
  ])("begins anew where the server %s", async (_, first, second) => {
    const { url } = await serve((request, response, count) =>
      sendFile(request, response, count === 1 ? { ...first, breakAfter: 70_000 } : { ...first, ...second }),
    );
    const { result } = await fetchInto(url, { sha256 });
    expect(await result).toMatchObject({ isNew: true });
  });

  it("begins anew where the server answers with another range, or has none", async () => {
    for (const status of [206, 416]) {
      const { url, seen } = await serve((request, response, count) => {
        if (count !== 2) sendFile(request, response, { breakAfter: count === 1 ? 70_000 : 1e9 });
        else response.writeHead(status, { "content-range": "bytes 5-9/10" }).end("wrong");
      });
      const { result } = await fetchInto(url, { sha256 });
      expect(await result).toMatchObject({ isNew: true });
      expect(seen.map(({ range }) => range)).toEqual([undefined, "bytes=70000-", undefined]);
    }
  });

  it("takes a body without a stated length, and follows redirects", async () => {
    const { url } = await serve((request, response) => {
      if (request.url === "/pets.zip") response.writeHead(302, { location: "/elsewhere" }).end();
      else {
        response.write(archive.subarray(0, 1000));
        response.end(archive.subarray(1000));
      }
    });
    const { result } = await fetchInto(url, { sha256 });
    expect(await result).toMatchObject({ url, isNew: true });
  });

  it("removes a download of another SHA-256, and installs nothing", async () => {
    const { url } = await serve((request, response) => sendFile(request, response));
    const { root, out, result } = await fetchInto(url, { sha256: "0".repeat(64) });
    expect(await rejection(result)).toBe(
      `[fetchDataSet] ${url} has the SHA-256 ${sha256}, not ${"0".repeat(64)}: it is another file. ` +
        "The download was removed, and nothing was unpacked.",
    );
    expect(await readdir(root)).toEqual([]);
    expect(out).toContain(root);
  });

  it.each([
    ["a ZIP that is cut off", archive.subarray(0, 200_000), "is damaged or cut off: "],
    ["a page", Buffer.from("<html>Sign in</html>"), 'is none: it begins with "<html>Sign in</html>".'],
    ["evil paths", makeZip([{ name: "../evil", content: "evil" }]), "relative path: ../evil"],
  ])("removes %s, and installs nothing", async (_, content, message) => {
    const { url } = await serve((request, response) => sendFile(request, response, { content }));
    const { root, result } = await fetchInto(url);
    const said = await rejection(result);
    expect(said).toContain(`[fetchDataSet] the archive of ${url} `);
    expect(said).toContain(message);
    expect(said).toMatch(/ The download was removed\.$/);
    expect(await readdir(root)).toEqual([]);
  });

  it("gives up at once where the file is not there", async () => {
    const { url, seen } = await serve((_, response) => response.writeHead(404).end("no"));
    const { root, result } = await fetchInto(url);
    expect(await rejection(result)).toBe(
      `[download] ${url}: the server answered 404 (Not Found): is the URL right?`,
    );
    expect([seen.length, await readdir(root)]).toEqual([1, []]);
  });

  it("tries again where the server is busy, and gives up in the end", async () => {
    const busy = await serve((request, response, count) => {
      if (count < 3) response.writeHead(503, { "retry-after": "0" }).end();
      else sendFile(request, response);
    });
    expect(await (await fetchInto(busy.url)).result).toMatchObject({ isNew: true });
    expect(busy.seen).toHaveLength(3);

    const down = await serve((_, response) => response.writeHead(500).end());
    const { result } = await fetchInto(down.url);
    expect(await rejection(result)).toBe(
      `[download] ${down.url}: the server answered 500 (Internal Server Error), 3 times.`,
    );
    expect(down.seen).toHaveLength(3);
  });

  it("keeps what it has where the connection does not come back", async () => {
    const { url } = await serve((request, response, count) => {
      if (count === 1) sendFile(request, response, { breakAfter: 70_000 });
      else request.socket.destroy();
    });
    const { out, result } = await fetchInto(url);
    expect(await rejection(result)).toMatch(
      /the connection failed \(.+\), 3 times\. 70,000 bytes are kept in .*pets\.part: the same call goes on there\.$/,
    );
    expect((await stat(`${out}.part`)).size).toBe(70_000);
  });

  it("counts silence as a broken connection", async () => {
    const { url, seen } = await serve((request, response, count) => {
      if (count > 1) sendFile(request, response);
    });
    const retries: string[] = [];
    const options = { stallMilliseconds: 50, onRetry: (reason: string) => retries.push(reason) };
    expect(await (await fetchInto(url, options)).result).toMatchObject({ isNew: true });
    expect([seen.length, retries]).toEqual([2, ["nothing came for 0.05 s"]]);
  });

  it("leaves files that are not its own alone", async () => {
    const { url, seen } = await serve((request, response) => sendFile(request, response));
    const root = await temporaryFolder();
    const out = join(root, "pets");
    await writeFile(`${out}.part`, "precious");
    expect(await rejection(fetchDataSet(out, { url }))).toBe(
      `[download] ${out}.part is in the way, and is no download of ours: move it away, or name another place.`,
    );
    expect(await readFile(`${out}.part`, "utf8")).toBe("precious");
    await rm(`${out}.part`);
    await mkdir(out);
    await writeFile(join(out, "precious"), "");
    expect(await rejection(fetchDataSet(out, { url }))).toBe(
      `[fetchDataSet] ${out} is not empty: name a new or an empty folder. Nothing was downloaded.`,
    );
    expect(await rejection(fetchDataSet(join(out, "precious"), { url }))).toContain(
      "is a file, or lies in one",
    );
    await rm(join(out, "precious"));
    expect(seen).toHaveLength(0);
    expect(await fetchDataSet(out, { url })).toMatchObject({ isNew: true }); // an empty folder makes way
  });

  it.each([
    [{ url: "pets.zip" }, '[download] "pets.zip" is not a URL of the web; http:// or https:// was needed.'],
    [
      { url: "file:///etc/passwd" },
      '[download] "file:///etc/passwd" is not a URL of the web; http:// or https:// was needed.',
    ],
    [
      { url: "http://me:secret@127.0.0.1/" },
      "[download] the URL holds a name or a password, which is not supported: give one without.",
    ],
    [{ sha256: "abc" }, '[fetchDataSet] sha256 is "abc"; 64 hexadecimal digits were needed.'],
  ])("refuses %j", async (options, message) => {
    const out = join(await temporaryFolder(), "new", "pets");
    expect(await rejection(fetchDataSet(out, options))).toBe(message);
    expect(await readdir(join(out, "..", ".."))).toEqual([]);
  });

  it.skipIf(process.platform !== "linux")("says where it cannot write", async () => {
    const { url } = await serve((request, response) => sendFile(request, response));
    expect(await rejection(fetchDataSet("/proc/pets", { url }))).toBe(
      "[download] /proc/pets.part cannot be written: its folder does not exist.",
    );
  });
});
