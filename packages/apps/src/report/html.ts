/** Text that is markup already. Only `html` makes it, and `markup`, for drawings of our own. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Markup with values in it: `html\`<td>${file}</td>\``. A string or a number is escaped, for text and for attributes in
 * double quotes; `Html`, and a list of it, is put in as it is.
 */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  const inserted = values.map((value) => {
    if (value instanceof Html) return value.text;
    return typeof value === "object" ? value.map(({ text }) => text).join("\n") : escaped(String(value));
  });
  return new Html(String.raw({ raw: strings }, ...inserted));
}

/** Takes a text as markup. @param text never from outside: it is not escaped */
export const markup = (text: string): Html => new Html(text);

export const NOTHING = markup("");

function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what HTML cannot hold
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "\ufffd")
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/>/g, "&gt;")
      .replace(/"/g, "&quot;")
      .replace(/'/g, "&#39;")
  );
}
