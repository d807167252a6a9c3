/** Of a terminal. */
export const COLUMNS = 80;

/** A text in lines of at most so many columns; spaces within a line stay as they are. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of text.match(/\s*\S+/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length <= width) lines[lines.length - 1] = last + part;
    else lines.push(part.trimStart());
  }
  return lines;
}
