import { messageOf } from "@convscope/storage/message-of";
import { concatBytes } from "./concat-bytes.ts";
import type { Inflated } from "./inflate-node.ts";

/** Inflates a zlib stream, up to `most` bytes. */
export async function inflate(compressed: Uint8Array, most: number): Promise<Inflated> {
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  // What it fails of, the reading end says as well.
  writer.write(new Uint8Array(compressed)).catch(() => {});
  writer.close().catch(() => {});
  const chunks: Uint8Array[] = [];
  const reader = stream.readable.getReader();
  let length = 0;
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      chunks.push(chunk.value);
      length += chunk.value.length;
      if (length > most) {
        await reader.cancel().catch(() => {});
        return { bytes: new Uint8Array(0), problem: "too long" };
      }
    }
    return { bytes: concatBytes(chunks) };
  } catch (error) {
    // Whether the stream was cut off or is followed by something, each browser says in its own words.
    const message = messageOf(error);
    const isCutOff = /truncated|incomplete|unexpected end/i.test(message);
    return { bytes: concatBytes(chunks), problem: isCutOff ? "cut off" : { message } };
  }
}
