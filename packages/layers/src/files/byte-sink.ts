/** Where a writer puts bytes, in any order. */
export interface ByteSink {
  write(bytes: Uint8Array, position: number): void;
  /** What was written, as far as there is any. @returns how many bytes */
  read(target: Uint8Array, position: number): number;
  truncate(size: number): void;
}

/** A sink in memory that doubles as it fills. */
export class MemorySink implements ByteSink {
  #bytes = new Uint8Array(1 << 16);
  #size = 0;

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.byteLength;
    if (end > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.byteLength));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, position);
    this.#size = Math.max(this.#size, end);
  }

  read(target: Uint8Array, position: number): number {
    const part = this.#bytes.subarray(position, Math.min(position + target.byteLength, this.#size));
    target.set(part);
    return part.byteLength;
  }

  truncate(size: number): void {
    if (size > this.#size) this.write(new Uint8Array(size - this.#size), this.#size);
    this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }

  /** What was written, without a copy. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }
}
