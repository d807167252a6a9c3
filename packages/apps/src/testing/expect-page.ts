import { expect } from "vitest";

export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const VOID = new Set(["meta", "img", "br"]);
const TAG = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>/y;

/**
 * The opening tags of a page, in order. Knows what our pages are written with, and no more: quoted attributes, no comments.
 * @throws for a tag that is not closed, and for a `<` that begins none
 */
export function tags(page: string): Tag[] {
  const found: Tag[] = [];
  const open: string[] = [];
  const text = page.replace(/^<!doctype html>/, "").replace(/<!\[CDATA\[.*?\]\]>/gs, "");
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", TAG.lastIndex)) {
    TAG.lastIndex = at;
    const match = TAG.exec(text);
    if (!match) throw new Error(`this begins no tag: ${text.slice(at, at + 80)}`);
    const [, isEnd, name, attributes, isClosed] = match;
    if (isEnd) {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> ends ${last}, before ${text.slice(at, at + 80)}`);
      continue;
    }
    found.push({
      name,
      attributes: Object.fromEntries(
        [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, unescaped(value)]),
      ),
    });
    if (!isClosed && !VOID.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(", ")}`);
  return found;
}

/** @throws where a page is not well-formed, has an identifier twice, or would load something */
export function expectPage(page: string, { links = [] }: { readonly links?: readonly string[] } = {}): void {
  expect(page.startsWith("<!doctype html>\n")).toBe(true);
  const all = tags(page);
  const ids = all.flatMap(({ attributes: { id } }) => id ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  const policy = all.find(({ attributes }) => attributes["http-equiv"] === "Content-Security-Policy");
  expect(policy?.attributes.content).toMatch(
    /^default-src 'none'; style-src 'unsafe-inline'; img-src data:$/,
  );
  for (const { name, attributes } of all) {
    expect(["script", "link", "iframe", "object", "embed", "base", "form"]).not.toContain(name);
    expect(Object.keys(attributes).filter((key) => key.startsWith("on"))).toEqual([]);
    for (const [key, value] of Object.entries(attributes)) {
      if (name === "a" && key === "href") expect(links).toContain(value);
      else if (/^(src|srcset|href|xlink:href|data|poster|action)$/.test(key))
        expect(value).toMatch(/^data:image\//);
    }
  }
  const style = page.match(/<style>(.*?)<\/style>/s)?.[1] ?? "";
  expect(style).not.toMatch(/url\(|@import/);
}

const unescaped = (text: string): string =>
  text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");
