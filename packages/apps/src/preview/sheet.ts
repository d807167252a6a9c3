import { encodePng, type ImageArray, type Transform } from "@convscope/data";
import { FONT_FAMILIES } from "../report/rasterize.ts";
import { wrapped } from "../report/wrapped.ts";

/** A picture, and what came of it. */
export interface SheetPicture {
  /** What stands above it. */
  readonly title: string;
  /** As it was loaded and resized. */
  readonly image: ImageArray;
  readonly draws: readonly {
    /** undefined: nothing was to be drawn. */
    readonly transform: Transform | undefined;
    readonly image: ImageArray;
  }[];
}

export interface Sheet {
  readonly pictures: readonly SheetPicture[];
  /** How many draws stand beside one another. */
  readonly columns: number;
  /** Which ranges were drawn from; stands below all. */
  readonly note: string;
}

/** Pixels that a picture's longer side takes at the most; small ones are shown a whole number of times as large. */
const LONGEST_SIDE = 300;
/** So that the words below a picture have room. */
const NARROWEST = 250;
const MARGIN = 24;
const GAP = 16;
const FONT_SIZE = 13;
const LINE = 18;
/** Of a letter in DejaVu Sans, on the wide side. */
const LETTER = 0.62 * FONT_SIZE;
const TEXT = "#222222";
const PALE = "#666666";

/**
 * Draws the sheet: each picture on the left, and its draws in a grid on the right, with their parameters below. The words
 * are Keras's names.
 * @returns an SVG document, the same for the same sheet, and its size in pixels
 */
export function renderSheet({ pictures, columns, note }: Sheet): {
  svg: string;
  width: number;
  height: number;
} {
  const parts: string[] = [];
  let y = MARGIN;
  let width = 0;
  for (const { title, image, draws } of pictures) {
    const shown = sizeOnSheet(image);
    const cell = Math.max(shown.width, NARROWEST);
    const across = Math.min(columns, draws.length);
    const right = MARGIN + (across + 1) * (cell + GAP) - GAP + MARGIN;
    width = Math.max(width, right);
    const words = shortened(title, Math.floor((right - 2 * MARGIN) / LETTER));
    parts.push(text(MARGIN, y + FONT_SIZE, words, { weight: "bold" }));
    y += LINE + 8;

    parts.push(picture(MARGIN, y, shown, image));
    parts.push(text(MARGIN, y + shown.height + LINE, "without augmentation", { color: PALE }));
    const captions = draws.map(({ transform }) => captionOf(transform));
    const down = shown.height + LINE * Math.max(1, ...captions.map(({ length }) => length)) + GAP + 6;
    for (const [i, draw] of draws.entries()) {
      const x = MARGIN + (1 + (i % across)) * (cell + GAP);
      const top = y + Math.floor(i / across) * down;
      parts.push(picture(x, top, shown, draw.image));
      for (const [line, caption] of captions[i].entries()) {
        parts.push(text(x, top + shown.height + LINE * (line + 1), caption));
      }
    }
    y += Math.ceil(draws.length / across) * down + GAP;
  }
  for (const line of wrapped(note, Math.floor((width - 2 * MARGIN) / LETTER))) {
    parts.push(text(MARGIN, y + FONT_SIZE, line, { color: PALE }));
    y += LINE;
  }
  const height = y + MARGIN;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
    "",
  ];
  return { svg: lines.join("\n"), width, height };
}

/** The drawn parameters, in lines. What is at its neutral value is left out. */
export function captionOf(transform: Transform | undefined): string[] {
  const { theta = 0, shear = 0, tx = 0, ty = 0, zx = 1, zy = 1, ...others } = transform ?? {};
  const { flipHorizontal, flipVertical, channelShiftIntensity = 0, brightness } = others;
  const lines = [
    [
      ...(theta === 0 ? [] : [`theta ${signed(theta, 1)}°`]),
      ...(shear === 0 ? [] : [`shear ${signed(shear, 2)}°`]),
    ],
    [...(tx === 0 ? [] : [`tx ${signed(tx, 1)} rows`]), ...(ty === 0 ? [] : [`ty ${signed(ty, 1)} columns`])],
    zx === 1 && zy === 1 ? [] : [`zx ${zx.toFixed(3)}`, `zy ${zy.toFixed(3)}`],
    [
      ...(brightness === undefined ? [] : [`brightness ${brightness.toFixed(2)}`]),
      ...(channelShiftIntensity === 0 ? [] : [`channel shift ${signed(channelShiftIntensity, 1)}`]),
    ],
    [...(flipHorizontal ? ["flipHorizontal"] : []), ...(flipVertical ? ["flipVertical"] : [])],
  ];
  const words = lines.filter(({ length }) => length > 0).map((line) => line.join(", "));
  return words.length === 0 ? ["unchanged"] : words;
}

/** With a minus as long as a digit; what rounds to nothing has none. */
const signed = (value: number, digits: number): string =>
  value
    .toFixed(digits)
    .replace(/^-(?=0*\.?0*$)/, "")
    .replace("-", "−");

function sizeOnSheet({ shape: [height, width] }: ImageArray): { width: number; height: number } {
  const longest = Math.max(width, height);
  const factor = longest <= LONGEST_SIDE ? Math.floor(LONGEST_SIDE / longest) : LONGEST_SIDE / longest;
  return { width: Math.max(1, Math.round(factor * width)), height: Math.max(1, Math.round(factor * height)) };
}

function picture(
  x: number,
  y: number,
  { width, height }: { width: number; height: number },
  image: ImageArray,
) {
  const data = Buffer.from(encodePng(image)).toString("base64");
  // Enlarged, the pixels stay visible as they are.
  const rendering = width > image.shape[1] ? "optimizeSpeed" : "optimizeQuality";
  return (
    `<image x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="none" ` +
    `image-rendering="${rendering}" href="data:image/png;base64,${data}"/>`
  );
}

function text(x: number, y: number, words: string, { weight = "normal", color = TEXT } = {}): string {
  return (
    `<text x="${x}" y="${y}" font-family="${FONT_FAMILIES}" font-size="${FONT_SIZE}" font-weight="${weight}" ` +
    `fill="${color}">${escaped(words)}</text>`
  );
}

/** The end of a path says more than its beginning. */
const shortened = (words: string, letters: number): string =>
  words.length <= letters ? words : `…${words.slice(words.length - letters + 1)}`;

const escaped = (words: string): string =>
  words
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what XML cannot hold
    .replace(/[\u0000-\u001f]/g, "?")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");
