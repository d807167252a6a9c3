import { ImageError, messageOf } from "./image-error.ts";

/**
 * Inflates a zlib stream (RFC 1950) that should give `size` bytes; what comes after them is never inflated.
 * @param parts the stream, in pieces
 * @throws {ImageError} for damaged data, and for fewer bytes
 */
export async function inflate(parts: readonly Uint8Array[], size: number): Promise<Uint8Array> {
  const result = new Uint8Array(size);
  let filled = 0;
  const stream = new Blob(parts as unknown as BlobPart[])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      result.set(value.subarray(0, size - filled), filled);
      filled += Math.min(value.length, size - filled);
      if (value.length > 0 && filled === size) break;
    }
  } catch (error) {
    const message = messageOf(error);
    if (!/unexpected end|terminated|truncated/i.test(message)) {
      throw new ImageError(`is a damaged PNG: ${message}.`, { cause: error });
    }
  } finally {
    reader.cancel().catch(() => {}); // of a stream that already failed
  }
  if (filled < size) throw new ImageError("is truncated: its PNG data ends too early.");
  return result;
}
