import { basename } from "node:path";

/** Ranges that a message names. */
const NAMED = 20;

/** By name, numbers within names as numbers. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

/**
 * Names for a message, sorted, neighbours in number drawn together: `cat.3.jpg, cat.7.jpg to cat.9.jpg`. A long list is
 * cut off, and says how many names are left.
 */
export function shortList(names: readonly string[]): string {
  const ranges: { first: string; last: string; size: number }[] = [];
  for (const name of names.toSorted(byNumber)) {
    const range = ranges.at(-1);
    if (range !== undefined && isNext(range.last, name)) {
      range.last = name;
      range.size += 1;
    } else ranges.push({ first: name, last: name, size: 1 });
  }
  const words = ranges.slice(0, NAMED).map(({ first, last, size }) => {
    if (size === 1) return first;
    return size === 2 ? `${first}, ${last}` : `${first} to ${basename(last)}`;
  });
  const rest = ranges.slice(NAMED).reduce((sum, { size }) => sum + size, 0);
  return words.join(", ") + (rest > 0 ? `, and ${rest.toLocaleString("en")} more` : "");
}

function isNext(name: string, following: string): boolean {
  const [a, b] = [name, following].map((text) => /^(.*?)(\d+)(\.\w+)$/.exec(text));
  return a !== null && b !== null && a[1] === b[1] && a[3] === b[3] && Number(b[2]) === Number(a[2]) + 1;
}
