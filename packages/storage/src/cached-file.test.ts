import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { cachedFile } from "./cached-file.ts";
import { rejection, temporaryFolder } from "./testing/temporary-folder.ts";

const content = Buffer.from("weights");
const md5 = createHash("md5").update(content).digest("hex");

/** A server on this machine that counts what it is asked. */
async function serve(): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v0.1/w.h5`, asked: () => asked };
}

it("downloads a file once, and again when it is another than it should be", async () => {
  const folder = join(await temporaryFolder(), "models");
  const { url, asked } = await serve();
  const path = await cachedFile({ url, md5 }, { folder });
  expect(path).toBe(join(folder, "w.h5"));
  expect(await cachedFile({ url, md5 }, { folder })).toBe(path);
  expect(asked()).toBe(1);
  await writeFile(path, "spoilt");
  await cachedFile({ url, md5 }, { folder });
  expect(asked()).toBe(2);
  expect(await readFile(path, "utf8")).toBe("weights");
  expect(await readdir(folder)).toEqual(["w.h5"]);
  await writeFile(path, "of unknown checksum");
  await cachedFile({ url }, { folder });
  expect(asked()).toBe(2);
});

it("keeps nothing that has another checksum", async () => {
  const folder = await temporaryFolder();
  const { url } = await serve();
  expect(await rejection(cachedFile({ url, md5: "0".repeat(32) }, { folder }))).toBe(
    `[download] ${url} has the MD5 ${md5}, not ${"0".repeat(32)}: it is another file, and was removed.`,
  );
  expect(await readdir(folder)).toEqual([]);
});
