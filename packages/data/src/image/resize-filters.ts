import type { Interpolation } from "../types.ts";

/** A window of a resampling filter: `support` to both sides of the centre, in pixels of the smaller picture. */
export interface ResizeFilter {
  readonly support: number;
  weight(x: number): number;
}

/** Pillow writes them as C floats. */
const HAMMING_A = Math.fround(0.54);
const HAMMING_B = Math.fround(0.46);

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

/** Pillow's (libImaging/Resample.c), operation by operation. */
export const RESIZE_FILTERS: Readonly<Record<Exclude<Interpolation, "nearest">, ResizeFilter>> = {
  /** A triangle. */
  bilinear: { support: 1, weight: (x) => Math.max(1 - Math.abs(x), 0) },
  /** Keys's cubic with a = −1/2. */
  bicubic: {
    support: 2,
    weight(x) {
      const a = -0.5;
      const t = Math.abs(x);
      if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
      if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
      return 0;
    },
  },
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  /** sinc(x) under Hamming's window. */
  hamming: {
    support: 1,
    weight(x) {
      const t = Math.abs(x);
      if (t === 0) return 1;
      if (t >= 1) return 0;
      const angle = t * Math.PI;
      return (Math.sin(angle) / angle) * (HAMMING_A + HAMMING_B * Math.cos(angle));
    },
  },
  /** sinc(x) sinc(x / 3). */
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};
