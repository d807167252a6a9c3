import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** The checksum of a file's content, in hexadecimal; read piece by piece. */
export async function hashFile(
  algorithm: "md5" | "sha256",
  path: string,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const piece of createReadStream(path)) {
    signal?.throwIfAborted();
    hash.update(piece);
  }
  return hash.digest("hex");
}
