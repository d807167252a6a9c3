import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";

/** The family of the fonts that come with the project, so that text appears on a machine without fonts. */
const FONT_FAMILY = "DejaVu Sans";
/** For drawings: where a browser shows one on a machine without these fonts, it takes the next that it has. */
export const FONT_FAMILIES = `${FONT_FAMILY}, Verdana, sans-serif`;

const require = createRequire(import.meta.url);
const fontFiles = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((file) =>
  require.resolve(`dejavu-fonts-ttf/ttf/${file}`),
);

/**
 * The picture of an SVG document, at its own size. Text is set in DejaVu Sans, whatever fonts the machine has.
 * @returns the bytes of a PNG file
 */
export function rasterize(svg: string): Uint8Array {
  const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: FONT_FAMILY };
  return new Resvg(svg, { font }).render().asPng();
}
