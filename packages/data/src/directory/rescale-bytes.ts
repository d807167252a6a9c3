/**
 * Makes float32 of bytes: both they and `rescale` become float32 and are multiplied as such, as NumPy does (their product
 * is exact in float64, so there is one rounding). No `rescale`, or 0, leaves the values 0 … 255.
 */
export function rescaleBytes(bytes: Uint8Array, rescale: number | undefined, into: Float32Array): void {
  const factor = Math.fround(rescale || 1);
  const table = Float32Array.from({ length: 256 }, (_, byte) => byte * factor);
  for (let i = 0; i < bytes.length; i++) into[i] = table[bytes[i]];
}
