import { inflateSync } from "node:zlib";
import { messageOf } from "@convscope/storage/message-of";

/** What became of compressed bytes: all of them, or those that there were and why there are no more. */
export interface Inflated {
  readonly bytes: Uint8Array;
  readonly problem?: "cut off" | "too long" | { readonly message: string };
}

/** Inflates a zlib stream, up to `most` bytes. What follows its end is ignored. */
export async function inflate(compressed: Uint8Array, most: number): Promise<Inflated> {
  try {
    return { bytes: inflateSync(compressed, { maxOutputLength: most }) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const bytes = new Uint8Array(0);
    if (code === "Z_BUF_ERROR") return { bytes, problem: "cut off" };
    if (code === "ERR_BUFFER_TOO_LARGE") return { bytes, problem: "too long" };
    return { bytes, problem: { message: messageOf(error) } };
  }
}
