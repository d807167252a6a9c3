/** a[i] ← m·a[i] + a[i+1] of a ring of 16 numbers a thread, 32·rounds times; their sum. In float32, rounded twice. */
export function multiplyAddsReference(threads: number, rounds: number, m: number): Float32Array {
  return Float32Array.from({ length: threads }, (_, t) => {
    let a = Float32Array.from({ length: 16 }, (_, i) => 1 + (t % 4) + i);
    for (let turn = 0; turn < 32 * rounds; turn++) {
      a = a.map((value, i) => Math.fround(m * value) + a[(i + 1) % 16]);
    }
    return a.reduce((sum, value) => sum + value, 0);
  });
}

/** The sums of a block's 16-byte words, lane by lane: lane l adds up words l, 64 + l, 128 + l, … of its block. */
export function streamReference(x: Float32Array, groups: number): Float32Array {
  const y = new Float32Array(groups * 64 * 4);
  const perBlock = x.length / groups;
  x.forEach((value, i) => {
    y[Math.floor(i / perBlock) * 256 + (i % 256)] += value;
  });
  return y;
}
