const MAGIC = "\u0093NUMPY\u0001\u0000";
const ALIGNMENT = 64;

/**
 * What stands before the values in a file that NumPy's `load` opens: float32, little-endian, row-major.
 * Source: NumPy's format 1.0, numpy/lib/format.py.
 */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((MAGIC.length + 2 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = Buffer.alloc(length, " ");
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt16LE(length - MAGIC.length - 2, MAGIC.length);
  bytes.write(text, MAGIC.length + 2, "latin1");
  bytes.write("\n", length - 1, "latin1");
  return bytes;
}
