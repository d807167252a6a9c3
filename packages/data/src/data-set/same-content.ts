import { type FileHandle, open } from "node:fs/promises";

const CHUNK_BYTES = 1 << 16;

/** Whether two files hold the same bytes. */
export async function haveSameContent(first: string, second: string): Promise<boolean> {
  const a = await open(first);
  try {
    const b = await open(second);
    try {
      const [left, right] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)];
      for (;;) {
        const [read, alike] = await Promise.all([fill(a, left), fill(b, right)]);
        if (read !== alike || left.compare(right, 0, alike, 0, read) !== 0) return false;
        if (read < CHUNK_BYTES) return true;
      }
    } finally {
      await b.close();
    }
  } finally {
    await a.close();
  }
}

/** Reads on until the buffer is full, or the file ends. */
async function fill(file: FileHandle, buffer: Buffer): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
