/** Bytes to read from: in memory, or those of a file that is not held in memory. */

export interface ByteSource {
  /** For messages: a path, or what the bytes are. */
  readonly name: string;
  readonly size: number;
  /** Fills `target` with the bytes from `position` on. @throws where there are fewer */
  read(target: Uint8Array, position: number): void;
  close(): void;
}

export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read(target, position) {
      if (position + target.byteLength > bytes.byteLength) throw endsTooEarly(name, bytes.byteLength);
      target.set(bytes.subarray(position, position + target.byteLength));
    },
    close() {},
  };
}

/** A part of a source, as a source of its own; closing it leaves the whole open. */
export function partOf(source: ByteSource, start: number, size: number, name: string): ByteSource {
  return {
    name,
    size,
    read(target, position) {
      if (position + target.byteLength > size) throw endsTooEarly(name, size);
      source.read(target, start + position);
    },
    close() {},
  };
}

/** Some bytes of a source, copied. */
export function readBytes(source: ByteSource, position = 0, length = source.size - position): Uint8Array {
  if (position < 0 || length < 0 || position + length > source.size)
    throw endsTooEarly(source.name, source.size);
  const bytes = new Uint8Array(length);
  source.read(bytes, position);
  return bytes;
}

export const endsTooEarly = (name: string, size: number): Error =>
  new Error(`[files] ${name} ends too early, after ${size} bytes: it is not whole.`);
