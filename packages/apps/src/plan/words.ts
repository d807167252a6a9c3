/** Bytes in words: `368 MiB`, `2.9 GiB`. */
export function inBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const unit = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** unit;
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A duration in words: `0.52 s`, `35 min`, `4.5 h`. */
export function inTime(seconds: number): string {
  if (seconds < 100) return `${seconds < 0.0095 ? seconds.toPrecision(1) : twoDigits(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${twoDigits(seconds / 3600)} h`;
  return `${twoDigits(seconds / 86_400)} days`;
}

/** A number and what it counts: `1 epoch`, `30 epochs`. */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;

/** Two digits that count: `0.52`, `5.2`, `52`, `520`. */
const twoDigits = (value: number) => String(value < 10 ? Number(value.toPrecision(2)) : Math.round(value));
