import type { FillMode } from "../types.ts";

export const FILL_MODES: readonly FillMode[] = [
  "nearest",
  "constant",
  "reflect",
  "wrap",
  "mirror",
  "grid-wrap",
];

/** @throws for an unknown one */
export function checkFillMode(where: string, mode: string): void {
  if ((FILL_MODES as readonly string[]).includes(mode)) return;
  const known = FILL_MODES.map((name) => JSON.stringify(name)).join(", ");
  throw new Error(`[${where}] fillMode is ${JSON.stringify(mode)}; expected one of: ${known}.`);
}

/**
 * Where a coordinate outside 0 … n − 1 takes its value, for all modes but `constant`: SciPy's rules, to the bit.
 * @param n size of the axis
 * @returns a coordinate between pixels for which `neighbour` is defined. `nearest` leaves it as it is.
 */
export function mapOutside(coordinate: number, n: number, mode: FillMode): number {
  if (mode === "nearest" || mode === "constant") return coordinate;
  if (n === 1) return 0;
  const isBelow = coordinate < 0;
  switch (mode) {
    case "wrap": {
      const period = n - 1;
      const periods = Math.trunc(coordinate / period);
      return coordinate - period * (isBelow ? periods - 1 : periods);
    }
    case "grid-wrap":
      if (isBelow) return coordinate + n * (Math.trunc((-1 - coordinate) / n) + 1);
      return coordinate - n * Math.trunc(coordinate / n);
    case "mirror": {
      const period = 2 * n - 2;
      const within = coordinate - period * Math.trunc(coordinate / period);
      if (isBelow) return within <= 1 - n ? within + period : -within;
      return within >= n ? period - within : within;
    }
    case "reflect": {
      const period = 2 * n;
      const isFar = !isBelow || coordinate < -period;
      const within = isFar ? coordinate - period * Math.trunc(coordinate / period) : coordinate;
      if (!isBelow) return within >= n ? period - within - 1 : within;
      if (within < -n) return within + period;
      // Not -1 for what lies within rounding of 0: SciPy takes -1 for outside.
      return (within > -1e-15 ? 1e-15 : -within) - 1;
    }
  }
}

/** The pixel that stands for one outside, beside a coordinate that `mapOutside` gave. */
export function neighbour(index: number, n: number, mode: FillMode): number {
  if (index >= 0 && index < n) return index;
  if (mode === "grid-wrap") return ((index % n) + n) % n;
  if (mode === "mirror" && n > 1) return index < 0 ? 1 : n - 2;
  return index < 0 ? 0 : n - 1;
}
