/**
 * What keeps libhdf5 from never returning on a damaged file. It runs in this thread, and cannot be stopped from outside; but it has
 * every byte from here.
 */
import type { ByteSource } from "./byte-source.ts";

const signature = [..."GCOL"].map((letter) => letter.charCodeAt(0));
/** Of a global heap: signature, version, three zeros, size. Of an object in it: index, count, four zeros, size. */
const headerBytes = 16;

/**
 * A source that stops a reader which goes round in circles, and refuses a broken global heap (where texts of variable length
 * lie): libhdf5 steps through one by the sizes in it, and where a size is 0 in 32 bits it stays for ever.
 */
export function guarded(source: ByteSource): ByteSource {
  // Far more than any file needs that is read once.
  let readsLeft = 1e6 + source.size / 64;
  let bytesLeft = 64 * (source.size + (1 << 20));
  const checked = new Set<number>();
  return {
    ...source,
    read(target, position) {
      readsLeft--;
      bytesLeft -= target.byteLength;
      if (readsLeft < 0 || bytesLeft < 0) throw new Error("its parts refer to each other in a circle");
      source.read(target, position);
      // Heaps begin at multiples of eight bytes, counted from the file's beginning.
      for (let i = (8 - (position % 8)) % 8; i < target.byteLength; i += 8) {
        if (target[i] !== signature[0] || checked.has(position + i)) continue;
        checked.add(position + i);
        checkGlobalHeap(source, position + i);
      }
    },
  };
}

/** @throws where there is a global heap at that position, and its objects do not follow each other to its end */
function checkGlobalHeap(source: ByteSource, position: number): void {
  if (position + headerBytes > source.size) return;
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  source.read(bytes, position);
  if (!signature.every((byte, i) => bytes[i] === byte)) return;
  const broken = new Error("a global heap is broken");
  const size = view.getBigUint64(8, true);
  if (size > source.size - position) throw broken;
  const end = position + Number(size);
  let at = position + headerBytes;
  // What is shorter than a header is free.
  while (at + headerBytes <= end) {
    source.read(bytes, at);
    const index = view.getUint16(0, true);
    const length = view.getBigUint64(8, true);
    if (length > end - at) throw broken;
    // The size of free space, index 0, counts its own header.
    const step = index === 0 ? Number(length) : headerBytes + Math.ceil(Number(length) / 8) * 8;
    if (step < headerBytes || at + step > end) throw broken;
    at += step;
  }
}

/**
 * Runs `body`, in which the memory of WebAssembly may grow by `allowed()` bytes: a length in a damaged file is believed by libhdf5,
 * which asks for so much memory before it looks for what should fill it. Refused memory is an error of the library like any other.
 */
export function withMemoryLimit<T>(allowed: () => number, body: () => T): T {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  let grown = 0;
  // Its memory is not to be had from the library; no other code runs before `body` returns.
  prototype.grow = function (this: WebAssembly.Memory, pages: number) {
    if (grown + pages * pageBytes > allowed()) throw new RangeError("more memory than the file can need");
    grown += pages * pageBytes;
    return grow.call(this, pages);
  };
  try {
    return body();
  } finally {
    prototype.grow = grow;
  }
}

const pageBytes = 65_536;
