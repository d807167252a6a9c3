/**
 * HDF5 through h5wasm: libhdf5 in WebAssembly, the same build in Node and in browsers. The library sees one file at a time,
 * under a name of ours, and nothing of the machine's files: links to other files lead nowhere. What a file claims is held
 * against its length before anything is allocated for it.
 */
import type { Filter, Metadata } from "h5wasm";
import type { ByteSink } from "./byte-sink.ts";
import type { ByteSource } from "./byte-source.ts";
import { guarded, withMemoryLimit } from "./hdf5-guard.ts";
import {
  bytesOf,
  countIn,
  decodeNumbers,
  elementsOf,
  formatBytes,
  isNumberType,
  type NumberType,
} from "./numbers.ts";

/** The library's functions; the package gives their type no name. */
export type Hdf5Library = typeof import("h5wasm")["Module"];

/** Deflate makes 1032 bytes of one at the most: more than that from a file of this length is a lie. */
const largestRatio = 1032;
/** What is read at once of an array that lies in one piece. */
const pieceBytes = 8 << 20;
/** Keras uses these or none. */
const filterNames: Readonly<Record<number, string>> = { 1: "gzip", 2: "shuffle", 3: "fletcher32" };

export type Hdf5Kind =
  | "group"
  | "dataset"
  | "missing"
  | "link to nowhere"
  | "link to another file"
  | "datatype";

export interface Hdf5Type {
  /** A number type, `string`, or what HDF5 calls its class. */
  readonly name: string;
  /** Bytes of one element. */
  readonly size: number;
  /** For strings: of variable length. */
  readonly isVariable: boolean;
}

export interface Hdf5Dataset {
  readonly path: string;
  readonly shape: readonly number[];
  readonly type: Hdf5Type;
  readonly elements: number;
  /** The extents of a chunk, where the values lie in chunks. */
  readonly chunks: readonly number[] | undefined;
  /** Names such as `gzip`, in order. */
  readonly filters: readonly string[];
}

export type Hdf5Value = string | number | readonly string[] | readonly number[];

export interface Hdf5Attribute {
  readonly shape: readonly number[];
  readonly type: Hdf5Type;
  /** Undefined for types that are neither numbers nor strings. */
  readonly value: Hdf5Value | undefined;
}

type ElementType = Omit<Parameters<Hdf5Library["create_attribute"]>[4], "shape" | "maxshape">;

interface BackedNode extends FS.FSNode {
  usedBytes: number;
  stream_ops: Readonly<Record<string, unknown>>;
  node_ops: Readonly<Record<string, unknown>>;
}

/**
 * An error of the library leaves through WebAssembly as an exception of JavaScript, and what was on the library's stack stays
 * there: some 2,000 errors fill it, and then it does anything. So after some the next file gets another instance.
 */
const errorsPerInstance = 200;
/** Where there is no other instance to be had, as in a page's bundle. */
const mostErrors = 1000;
/** Errors within one file after which nothing more of it is read. */
const errorsPerFile = 100;

let opened: { readonly library: Promise<Hdf5Library>; errors: number } | undefined;
let instances = 0;
let filesSoFar = 0;

/** The library, loaded at the first use: 4 MB, less than half a second. @throws where too many damaged files were opened */
export async function hdf5Library(): Promise<Hdf5Library> {
  if (opened && opened.errors >= errorsPerInstance) {
    try {
      // The module of another address is evaluated once more, and makes another instance.
      const another = `${import.meta.resolve("h5wasm")}?instance=${++instances}`;
      const { ready }: { ready: Promise<Hdf5Library> } = await import(/* @vite-ignore */ another);
      opened = { library: prepared(ready), errors: 0 };
    } catch {
      if (opened.errors >= mostErrors)
        throw new Error("[hdf5] too many damaged files were opened: start the program, or the page, again.");
    }
  }
  opened ??= { library: prepared(import("h5wasm").then(({ ready }) => ready)), errors: 0 };
  return opened.library;
}

async function prepared(ready: Promise<Hdf5Library>): Promise<Hdf5Library> {
  const module = await ready;
  module.activate_throwing_error_handler();
  // A file may name others to read from: of the emulated system's, too, none is left that waits or never ends.
  for (const device of ["stdin", "tty", "tty1", "random", "urandom"]) {
    if (module.FS.analyzePath(`/dev/${device}`).exists) module.FS.unlink(`/dev/${device}`);
  }
  return module;
}

/** Makes a file of the emulated file system that keeps nothing itself. */
function backedFile(
  module: Hdf5Library,
  size: number,
  operations: Readonly<Record<string, unknown>>,
  attributes: (node: BackedNode) => Readonly<Record<string, unknown>>,
): { path: string; node: BackedNode; remove: () => void } {
  const name = `model-${filesSoFar++}.h5`;
  module.FS.createDataFile("/", name, new Uint8Array(0), true, true, false);
  const path = `/${name}`;
  const node = module.FS.lookupPath(path, {}).node as BackedNode;
  node.usedBytes = size;
  node.stream_ops = { ...node.stream_ops, ...operations };
  node.node_ops = { ...node.node_ops, ...attributes(node) };
  return { path, node, remove: () => module.FS.unlink(path) };
}

/** The library's reason, of the many lines of its report. Counts the error. */
function reasonOf(error: unknown): string {
  if (opened) opened.errors++;
  const { message } = error as Error;
  const reasons = [...message.matchAll(/^ {2}#\d+: .* in \w+\(\): (.*)$/gm)];
  return reasons.at(-1)?.[1] ?? message;
}

/** What is wrong with a file that the library does not open, in a user's words. */
function damageOf(reason: string): string {
  const [, has, needed] = /^truncated file: eof = (\d+),.* stored_eof = (\d+)$/.exec(reason) ?? [];
  if (needed === undefined) return `cannot be opened: it is damaged (${reason}).`;
  return `cannot be opened: it is cut off, ${has} of ${needed} bytes are there: copy or download it again.`;
}

/** Opens a file for the time of `body`. @throws where it is not HDF5, or damaged */
export async function readHdf5<T>(source: ByteSource, body: (file: Hdf5File) => T): Promise<T> {
  const module = await hdf5Library();
  const bytes = guarded(source);
  let isOver = false;
  const { path, remove } = backedFile(
    module,
    source.size,
    {
      // The system's `read`: fewer bytes at the file's end.
      read(_stream: unknown, heap: Int8Array, offset: number, length: number, position: number): number {
        const count = isOver ? 0 : Math.max(0, Math.min(length, source.size - position));
        if (count > 0) bytes.read(new Uint8Array(heap.buffer, heap.byteOffset + offset, count), position);
        return count;
      },
    },
    () => ({}),
  );
  try {
    let id: bigint;
    try {
      const open = () => module.open(path, module.H5F_ACC_RDONLY, false, -1, -1);
      id = withMemoryLimit(() => memoryFor(source), open);
    } catch (error) {
      throw new Error(`[hdf5] ${source.name} ${damageOf(reasonOf(error))}`);
    }
    try {
      const file = new Hdf5File(module, id, source);
      return withMemoryLimit(
        () => memoryFor(source) + file.unpacking,
        () => body(file),
      );
    } finally {
      // Where a call failed the library may hold on to the file; it gets no byte of it any more.
      isOver = true;
      try {
        module.close_file(id);
      } catch {
        // What was read is whole all the same.
      }
    }
  } finally {
    remove();
  }
}

/** What the library may need besides unpacked chunks: its own structures, a piece of an array, long texts. */
const memoryFor = ({ size }: ByteSource): number => (64 << 20) + 4 * size;

/** An open file. Paths are absolute; names may have slashes in them, which are groups. */
export class Hdf5File {
  readonly name: string;
  readonly size: number;
  /** Bytes of memory that the packed array that is being read may take: itself, a chunk, a buffer that doubles as it is unpacked. */
  unpacking = 0;
  readonly #module: Hdf5Library;
  readonly #id: bigint;
  /** Bytes of values that were read, with filters and without: the same stored bytes cannot be claimed again and again. */
  #claimed = 0;
  #claimedFiltered = 0;
  #errors = 0;

  constructor(module: Hdf5Library, id: bigint, source: ByteSource) {
    this.#module = module;
    this.#id = id;
    this.name = source.name;
    this.size = source.size;
  }

  kind(path: string): Hdf5Kind {
    const m = this.#module;
    switch (this.#call(path, () => m.get_type(this.#id, checkPath(path)))) {
      case m.H5G_GROUP:
        return "group";
      case m.H5G_DATASET:
        return "dataset";
      case m.H5G_TYPE:
        return "datatype";
      case m.H5G_LINK:
        return "link to nowhere";
      case m.H5G_UDLINK:
        return "link to another file";
      default:
        return "missing";
    }
  }

  /** The names in a group: in order of creation where the file keeps it, else by name. */
  children(path: string): string[] {
    return this.#call(path, () => this.#module.get_names(this.#id, checkPath(path), false));
  }

  attributeNames(path: string): string[] {
    return this.#call(path, () => this.#module.get_attribute_names(this.#id, checkPath(path)));
  }

  /** @throws where there is no such attribute */
  attribute(path: string, name: string): Hdf5Attribute {
    const m = this.#module;
    const where = `${path}@${name}`;
    const metadata = this.#call(where, () =>
      m.get_attribute_metadata(this.#id, checkPath(path), checkPath(name)),
    );
    const type = typeOf(m, metadata);
    const shape = metadata.shape ?? [];
    const elements = metadata.shape ? elementsOf(shape) : 0;
    if (elements === undefined || elements * metadata.size > this.size) {
      throw this.#lies(where, shape, type, this.size);
    }
    if (elements === 0) return { shape, type, value: [] };
    if (!isNumberType(type.name) && type.name !== "string") return { shape, type, value: undefined };
    const value = this.#withMemory(elements * metadata.size, (pointer) => {
      this.#call(where, () => m.get_attribute_data(this.#id, path, name, BigInt(pointer)));
      const bytes = m.HEAPU8.subarray(pointer, pointer + elements * metadata.size);
      if (type.name === "string") {
        try {
          return this.#strings(bytes, metadata);
        } finally {
          if (metadata.vlen) m.reclaim_vlen_memory(this.#id, path, name, BigInt(pointer));
        }
      }
      const numbers = new Float32Array(elements);
      decodeNumbers(bytes, type.name as NumberType, numbers, 0);
      return [...numbers];
    });
    return { shape, type, value: metadata.shape?.length === 0 ? value[0] : value };
  }

  /** What a dataset is, without its values. @throws where it claims more values than the file can hold */
  dataset(path: string): Hdf5Dataset {
    const m = this.#module;
    const kind = this.kind(path);
    if (kind !== "dataset")
      throw new Error(`[hdf5] ${this.name}: ${path} is ${articled(kind)}, not a dataset.`);
    const metadata: Metadata = this.#call(path, () => m.get_dataset_metadata(this.#id, path));
    const type = typeOf(m, metadata);
    if (metadata.virtual_sources) {
      throw new Error(
        `[hdf5] ${this.name}: ${path} is a virtual dataset, whose values lie elsewhere; it is not read.`,
      );
    }
    if (!metadata.shape)
      throw new Error(`[hdf5] ${this.name}: ${path} is empty: it has a type and no values.`);
    const { shape } = metadata;
    const filters: Filter[] = this.#call(path, () => m.get_dataset_filters(this.#id, path));
    const limit = filters.length > 0 ? largestRatio * this.size : this.size;
    const elements = elementsOf(shape);
    if (elements === undefined || elements * type.size > limit) throw this.#lies(path, shape, type, limit);
    const chunk = metadata.chunks ? elementsOf(metadata.chunks) : 0;
    if (chunk === undefined || chunk * type.size > limit) {
      throw this.#lies(`a chunk of ${path}`, metadata.chunks ?? [], type, limit);
    }
    return {
      path,
      shape,
      type,
      elements,
      chunks: metadata.chunks ?? undefined,
      filters: filters.map(({ id, name }) => filterNames[id] ?? `filter ${id}${name ? ` (${name})` : ""}`),
    };
  }

  /**
   * A dataset's values as float32, and a single int64 as it is, too.
   * @throws where they are no numbers, or packed by other filters than those of HDF5 itself
   */
  read(dataset: Hdf5Dataset): { data: Float32Array; rounded: number; count: number | undefined } {
    const { path, shape, type, elements, filters } = dataset;
    const m = this.#module;
    if (!isNumberType(type.name)) {
      throw new Error(`[hdf5] ${this.name}: ${path} holds ${type.name} values; weights must be numbers.`);
    }
    const numberType = type.name;
    const unknown = filters.find((name) => !Object.values(filterNames).includes(name));
    if (unknown) {
      throw new Error(
        `[hdf5] ${this.name}: ${path} is packed by ${unknown}; only ${Object.values(filterNames).join(", ")} are read. ` +
          "Save it again without.",
      );
    }
    this.#claim(dataset);
    if (filters.length > 0) this.unpacking = Math.max(this.unpacking, 8 * elements * type.size);
    const data = new Float32Array(elements);
    let rounded = 0;
    let count: number | undefined;
    const readPiece = (start: readonly number[], extents: readonly number[], offset: number) => {
      const size = (elementsOf(extents) ?? 0) * type.size;
      this.#withMemory(size, (pointer) => {
        const ones = extents.map(() => 1n);
        this.#call(path, () =>
          shape.length === 0
            ? m.get_dataset_data(this.#id, path, null, null, null, BigInt(pointer))
            : m.get_dataset_data(
                this.#id,
                path,
                extents.map(BigInt),
                start.map(BigInt),
                ones,
                BigInt(pointer),
              ),
        );
        const bytes = m.HEAPU8.subarray(pointer, pointer + size);
        // Pieces may start anywhere; a DataView and a byte copy do not mind.
        rounded += decodeNumbers(bytes, numberType, data, offset);
        if (elements === 1) count = countIn(bytes, numberType);
      });
    };
    if (elements > 0) inPieces(dataset, bytesOf(numberType), readPiece);
    return { data, rounded: count === undefined ? rounded : 0, count };
  }

  #claim({ path, shape, type, elements, filters }: Hdf5Dataset): void {
    const bytes = elements * type.size;
    if (filters.length > 0) {
      this.#claimedFiltered += bytes;
      if (this.#claimedFiltered > largestRatio * this.size)
        throw this.#lies(path, shape, type, largestRatio * this.size);
    } else {
      this.#claimed += bytes;
      if (this.#claimed > this.size) throw this.#lies(`${path} and those before it`, shape, type, this.size);
    }
  }

  #strings(bytes: Uint8Array, metadata: Metadata): string[] {
    const { HEAPU8 } = this.#module;
    const decoder = new TextDecoder();
    if (!metadata.vlen) {
      // Padded with zeros (h5py) or with spaces.
      const texts = Array.from({ length: bytes.byteLength / metadata.size }, (_, i) => {
        const text = bytes.subarray(i * metadata.size, (i + 1) * metadata.size);
        const end = text.indexOf(0);
        return decoder.decode(end < 0 ? text : text.subarray(0, end));
      });
      return metadata.strpad === 2 ? texts.map((text) => text.replace(/ +$/, "")) : texts;
    }
    const pointers = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: bytes.byteLength / metadata.size }, (_, i) => {
      const start = pointers.getUint32(i * metadata.size, true);
      return start === 0 ? "" : decoder.decode(HEAPU8.subarray(start, HEAPU8.indexOf(0, start)));
    });
  }

  #withMemory<T>(size: number, use: (pointer: number) => T): T {
    const pointer = this.#module._malloc(size);
    if (pointer === 0) throw new Error(`[hdf5] ${this.name}: no memory for ${formatBytes(size)}.`);
    try {
      return use(pointer);
    } finally {
      this.#module._free(pointer);
    }
  }

  #call<T>(where: string, run: () => T): T {
    if (this.#errors >= errorsPerFile) {
      throw new Error(`[hdf5] ${this.name}: ${where} is not read: too much before it is damaged.`);
    }
    try {
      return run();
    } catch (error) {
      this.#errors++;
      throw new Error(`[hdf5] ${this.name}: ${where} cannot be read: ${reasonOf(error)}.`);
    }
  }

  #lies(where: string, shape: readonly number[], type: Hdf5Type, limit: number): Error {
    const bytes = shape.reduce((product, extent) => product * extent, type.size);
    return new Error(
      `[hdf5] ${this.name}: ${where} claims shape (${shape.join(", ")}) of ${type.name}, ${formatBytes(bytes)}; ` +
        `a file of ${formatBytes(this.size)} can hold ${formatBytes(limit)} of it at the most.`,
    );
  }
}

/** HDF5 takes several slashes for one: `res_net//conv2d_1` is a name that Keras makes. */
const oneSlash = (path: string): string => path.replace(/\/+/g, "/");

/** Zeros end a name in C: what follows would be passed over in silence. */
function checkPath(path: string): string {
  if (path.includes("\0")) throw new Error("the name has a zero byte in it");
  return path;
}

const articled = (kind: Hdf5Kind): string => (kind === "missing" ? kind : `a ${kind}`);

function typeOf(module: Hdf5Library, metadata: Metadata): Hdf5Type {
  const { type, size, signed, vlen } = metadata;
  const classes = module.H5T_class_t;
  const isVariable = vlen;
  if (type === classes.H5T_STRING.value) return { name: "string", size, isVariable };
  if (type === classes.H5T_FLOAT.value) return { name: `float${8 * size}`, size, isVariable };
  if (type === classes.H5T_INTEGER.value)
    return { name: `${signed ? "int" : "uint"}${8 * size}`, size, isVariable };
  if (type === classes.H5T_ENUM.value && metadata.enum_type && size === 1) {
    const { FALSE, TRUE } = metadata.enum_type.members;
    if (FALSE === 0 && TRUE === 1) return { name: "bool", size, isVariable };
  }
  const [name] = Object.entries(classes).find(([, { value }]) => value === type) ?? ["H5T_UNKNOWN"];
  return { name: name.slice("H5T_".length).toLowerCase(), size, isVariable };
}

/**
 * Cuts an array into boxes that lie in one piece, of some megabytes each: the whole of it need not lie in the library's memory
 * too, which never shrinks. Chunks are not cut, or they would be unpacked several times.
 */
function inPieces(
  { shape, chunks, elements }: Hdf5Dataset,
  elementBytes: number,
  visit: (start: number[], count: number[], offset: number) => void,
): void {
  if (shape.length === 0 || elements * elementBytes <= pieceBytes) {
    visit(
      shape.map(() => 0),
      [...shape],
      0,
    );
    return;
  }
  // Elements below one step along each axis.
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
  );
  // The first axis along which one step fits.
  const axis = chunks ? 0 : strides.findIndex((stride) => stride * elementBytes <= pieceBytes);
  const fitting = Math.max(1, Math.floor(pieceBytes / (strides[axis] * elementBytes)));
  const step = chunks ? Math.ceil(fitting / chunks[0]) * chunks[0] : fitting;
  const outer = shape.slice(0, axis);
  const outerCount = outer.reduce((product, extent) => product * extent, 1);
  for (let i = 0; i < outerCount; i++) {
    let rest = i;
    const index = outer.map(() => 0);
    for (let a = axis - 1; a >= 0; a--) {
      index[a] = rest % shape[a];
      rest = Math.floor(rest / shape[a]);
    }
    for (let from = 0; from < shape[axis]; from += step) {
      const start = [...index, from, ...shape.slice(axis + 1).map(() => 0)];
      const count = [...outer.map(() => 1), Math.min(step, shape[axis] - from), ...shape.slice(axis + 1)];
      visit(
        start,
        count,
        start.reduce((sum, at, a) => sum + at * strides[a], 0),
      );
    }
  }
}

/** Writes a file from nothing. @throws where the library refuses something */
export function writeHdf5(module: Hdf5Library, sink: ByteSink, body: (file: Hdf5Writer) => void): void {
  const { path, remove } = backedFile(
    module,
    0,
    {
      read: (_stream: unknown, heap: Int8Array, offset: number, length: number, position: number): number =>
        sink.read(new Uint8Array(heap.buffer, heap.byteOffset + offset, length), position),
      write(stream: { node: BackedNode }, heap: Int8Array, offset: number, length: number, position: number) {
        sink.write(new Uint8Array(heap.buffer, heap.byteOffset + offset, length), position);
        stream.node.usedBytes = Math.max(stream.node.usedBytes, position + length);
        return length;
      },
    },
    (node) => ({
      setattr(_node: BackedNode, { size }: { size?: number }) {
        if (size === undefined) return;
        sink.truncate(size);
        node.usedBytes = size;
      },
    }),
  );
  try {
    // The oldest layout that holds what we write, as h5py 2 makes it: HDF5 1.8 and Keras 2 read it.
    const id = module.open(
      path,
      module.H5F_ACC_TRUNC,
      false,
      module.H5F_LIBVER_EARLIEST,
      module.H5F_LIBVER_LATEST,
    );
    try {
      body(new Hdf5Writer(module, id));
    } catch (error) {
      module.close_file(id);
      throw error;
    }
    if (module.close_file(id) < 0) throw new Error("the file could not be finished");
  } catch (error) {
    throw new Error(`[hdf5] writing failed: ${reasonOf(error)}`);
  } finally {
    remove();
  }
}

/** HDF5 keeps attributes in an object's header, which ends at 64 kB; Keras stops a little before. */
export const attributeLimit = 64512;

export class Hdf5Writer {
  readonly #module: Hdf5Library;
  readonly #id: bigint;
  readonly #groups = new Set(["/", ""]);

  constructor(module: Hdf5Library, id: bigint) {
    this.#module = module;
    this.#id = id;
  }

  /** Makes a group, and those above it that are not there yet. */
  group(given: string): void {
    const path = oneSlash(given);
    if (this.#groups.has(path)) return;
    this.group(path.slice(0, path.lastIndexOf("/")));
    this.#module.create_group(this.#id, checkPath(path), false);
    this.#groups.add(path);
  }

  /** One text. Of fixed length, which h5py gives to old Keras as the bytes it expects; only a longer one than fits is not. */
  text(path: string, name: string, text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (bytes.byteLength <= attributeLimit) this.#fixed(path, name, [bytes], []);
    else {
      this.#module.create_vlen_str_attribute(this.#id, path, checkPath(name), [text], {
        ...this.#type("variable", 4),
        shape: [],
        maxshape: [],
      });
    }
  }

  /** A list of texts, as NumPy keeps them: all as long as the longest. Where it is too long for one attribute, in several. */
  texts(path: string, name: string, texts: readonly string[]): void {
    const encoded = texts.map((text) => new TextEncoder().encode(text));
    // What NumPy makes of an empty list, and Keras writes.
    if (encoded.length === 0) {
      this.#attribute(path, name, new Uint8Array(0), this.#type("float64", 8), [0n]);
      return;
    }
    const width = Math.max(1, ...encoded.map(({ byteLength }) => byteLength));
    if (width > attributeLimit) throw new Error(`the name ${texts[0].slice(0, 40)}… is too long for HDF5`);
    let parts = 1;
    while (Math.ceil(encoded.length / parts) * width > attributeLimit) parts++;
    if (parts === 1) {
      this.#fixed(path, name, encoded, [BigInt(encoded.length)], width);
      return;
    }
    // As numpy.array_split: the first ones are longer by one.
    const [size, longer] = [Math.floor(encoded.length / parts), encoded.length % parts];
    let from = 0;
    for (let part = 0; part < parts; part++) {
      const count = size + (part < longer ? 1 : 0);
      this.#fixed(path, `${name}${part}`, encoded.slice(from, from + count), [BigInt(count)], width);
      from += count;
    }
  }

  /** An array, in one piece. Its groups are made. */
  dataset(given: string, shape: readonly number[], values: Float32Array | BigInt64Array): void {
    const path = oneSlash(given);
    this.group(path.slice(0, path.lastIndexOf("/")));
    const extents = shape.map(BigInt);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#withBytes(bytes, (pointer) =>
      this.#module.create_dataset(this.#id, checkPath(path), pointer, {
        ...(values instanceof Float32Array ? this.#type("float32", 4) : this.#type("int64", 8)),
        shape: extents,
        maxshape: extents,
      }),
    );
  }

  #type(name: "float32" | "float64" | "int64" | "string" | "variable", size: number): ElementType {
    const { H5T_FLOAT, H5T_INTEGER, H5T_STRING } = this.#module.H5T_class_t;
    const isString = name === "string" || name === "variable";
    const type = isString ? H5T_STRING : name === "int64" ? H5T_INTEGER : H5T_FLOAT;
    // ASCII says h5py of bytes, whatever they are; Keras decodes them as UTF-8.
    const cset = isString ? 0 : undefined;
    const common = { littleEndian: true, total_size: 0 };
    return { ...common, type: type.value, size, cset, signed: name === "int64", vlen: name === "variable" };
  }

  #fixed(path: string, name: string, texts: readonly Uint8Array[], shape: bigint[], width?: number): void {
    // HDF5 has no strings of no bytes.
    const size = width ?? Math.max(1, texts[0].byteLength);
    const bytes = new Uint8Array(size * texts.length);
    texts.forEach((text, i) => {
      bytes.set(text, i * size);
    });
    this.#attribute(path, name, bytes, this.#type("string", size), shape);
  }

  #attribute(path: string, name: string, bytes: Uint8Array, type: ElementType, shape: bigint[]): void {
    this.#withBytes(bytes, (pointer) =>
      this.#module.create_attribute(this.#id, path, checkPath(name), pointer, {
        ...type,
        shape,
        maxshape: shape,
      }),
    );
  }

  #withBytes(bytes: Uint8Array, use: (pointer: bigint) => number): void {
    const pointer = this.#module._malloc(Math.max(1, bytes.byteLength));
    if (pointer === 0) throw new Error(`no memory for ${formatBytes(bytes.byteLength)}`);
    try {
      this.#module.HEAPU8.set(bytes, pointer);
      if (use(BigInt(pointer)) < 0) throw new Error("the library refused it");
    } finally {
      this.#module._free(pointer);
    }
  }
}
