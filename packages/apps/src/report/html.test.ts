import { expect, it } from "vitest";
import { html, markup } from "./html.ts";

it("escapes values, and takes markup as it is", () => {
  const evil = `<b title="x">'&'</b>\u0000`;
  expect(html`<p title="${evil}">${3}</p>`.text).toBe(
    '<p title="&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;\ufffd">3</p>',
  );
  expect(html`${html`<i>${"<"}</i>`}, ${[markup("<br>"), html`${"&"}`]}`.text).toBe(
    "<i>&lt;</i>, <br>\n&amp;",
  );
});

it("keeps backslashes as they are", () => {
  expect(html`<p>C:\\runs ${"C:\\new"}</p>`.text).toBe("<p>C:\\runs C:\\new</p>");
});
