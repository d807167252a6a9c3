/** How long something takes, for people: `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return seconds < 10 ? `${seconds.toFixed(1)} s` : `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long something will take, as far as that can be told beforehand: `0.52 s`, `35 min`, `4.5 h`, `2.9 days`. */
export function roughDuration(seconds: number): string {
  if (seconds < 100) return `${seconds < 0.0095 ? seconds.toPrecision(1) : twoDigits(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${twoDigits(seconds / 3600)} h`;
  return `${twoDigits(seconds / 86_400)} days`;
}

/** Two digits that count: `0.52`, `5.2`, `52`, `520`. */
const twoDigits = (value: number) => String(value < 10 ? Number(value.toPrecision(2)) : Math.round(value));
