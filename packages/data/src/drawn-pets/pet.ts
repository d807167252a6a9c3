import type { RandomStream } from "@convscope/kernels/philox";
import type { Canvas, Paint, Placement } from "./canvas.ts";
import { type Color, hsl, mix } from "./color.ts";
import { curve, ellipse, type Point, polygon, type Shape, stroke } from "./shapes.ts";

export type Species = "cat" | "dog";

/**
 * What both species draw alike: colours, coat, proportions, pose. One unit is the radius of the head, whose centre is
 * the origin; y points down.
 */
export interface Look {
  readonly coat: Color;
  /** Ears, patches, stripes. */
  readonly second: Color;
  /** Muzzle and belly. */
  readonly pale: Color;
  readonly ink: Color;
  readonly eyes: Color;
  readonly collar: Color | undefined;
  readonly marks: "plain" | "stripes" | "spots";
  readonly pose: "sitting" | "standing";
  /** How wide the head is. */
  readonly headWidth: number;
  /** How wide the body is. */
  readonly bodyWidth: number;
  /** Of every line. */
  readonly lineWidth: number;
  /** Small differences of every part, −1 … 1. */
  readonly whims: readonly number[];
}

/** The same draws for every species: no colour and no size tells one from the other. */
export function drawLook(random: RandomStream): Look {
  const natural = random.uniform() < 0.6;
  const hue = natural ? random.uniform(0.02, 0.13) : random.uniform();
  const lightness = random.uniform(0.25, 0.85);
  const coat = hsl(hue, natural ? random.uniform(0.1, 0.6) : random.uniform(0.2, 0.7), lightness);
  const white: Color = [0.98, 0.96, 0.93];
  const isSecondDarker = random.uniform() < 0.5;
  const second = isSecondDarker
    ? mix(coat, [0.08, 0.06, 0.06], random.uniform(0.3, 0.7))
    : mix(coat, white, random.uniform(0.35, 0.8));
  return {
    coat,
    second,
    pale: mix(coat, white, random.uniform(0.35, 0.9)),
    ink: hsl(random.uniform(), random.uniform(0, 0.5), random.uniform(0.03, 0.18)),
    eyes: hsl(random.uniform(), random.uniform(0.2, 0.9), random.uniform(0.45, 0.9)),
    collar: random.uniform() < 0.35 ? hsl(random.uniform(), 0.8, 0.5) : undefined,
    marks: (["plain", "plain", "stripes", "spots"] as const)[random.integer(4)],
    pose: random.uniform() < 0.55 ? "sitting" : "standing",
    headWidth: random.uniform(0.95, 1.12),
    bodyWidth: random.uniform(0.85, 1.15),
    lineWidth: random.uniform(0.035, 0.085),
    whims: Array.from({ length: 16 }, () => random.uniform(-1, 1)),
  };
}

/** Paints a pet: tail, body, head, and what makes it a cat or a dog. */
export function paintPet(canvas: Canvas, species: Species, look: Look, placement: Placement): void {
  const { coat, second, ink, lineWidth } = look;
  const outlined = (color: Color): Paint => ({ color, outlineWidth: lineWidth, outlineColor: ink });
  const fill = (shape: Shape, color: Color): void => canvas.paint(shape, placement, outlined(color));
  const dab = (shape: Shape, color: Color): void => canvas.paint(shape, placement, { color });
  const limb = (points: readonly Point[], width: number, endWidth: number, color: Color): void =>
    fill(stroke(points, width, endWidth), color);
  const pen: Pen = { fill, dab, limb, look };

  const rump: Point = look.pose === "sitting" ? [0.75 * look.bodyWidth, 2.35] : [2.75 * look.bodyWidth, 1.1];
  if (species === "cat") catTail(pen, rump);
  else dogTail(pen, rump);
  if (look.pose === "sitting") sittingBody(pen);
  else standingBody(pen);
  if (look.collar) limb(curve([-0.6, 0.86], [0, 1.25], [0.6, 0.86]), 0.16, 0.16, look.collar);

  if (species === "cat") catEars(pen);
  fill(ellipse([0, 0], look.headWidth, 0.92), coat);
  if (look.marks === "stripes")
    for (const x of [-0.25, 0, 0.25])
      dab(
        stroke(
          [
            [x, -0.82],
            [x * 0.8, -0.5],
          ],
          0.11,
        ),
        second,
      );
  if (look.marks === "spots") dab(ellipse([0.42, -0.22], 0.34, 0.38, 0.3), second);
  if (species === "cat") catFace(pen);
  else dogFace(pen);
  if (species === "dog") dogEars(pen);
}

/** What paints the parts. */
interface Pen {
  /** A shape with an outline. */
  fill(shape: Shape, color: Color): void;
  /** A shape without. */
  dab(shape: Shape, color: Color): void;
  /** A thick line with an outline. */
  limb(points: readonly Point[], width: number, endWidth: number, color: Color): void;
  readonly look: Look;
}

function sittingBody({ fill, dab, limb, look }: Pen): void {
  const { coat, pale, second, bodyWidth } = look;
  const middle = 1.75;
  fill(ellipse([0, middle], 0.95 * bodyWidth, 1.15), coat);
  dab(ellipse([0, middle + 0.15], 0.5 * bodyWidth, 0.75), pale);
  if (look.marks === "stripes") {
    for (const y of [1.3, 1.65, 2]) {
      for (const side of [-1, 1])
        dab(
          stroke(
            [
              [side * 0.85 * bodyWidth, y],
              [side * 0.5 * bodyWidth, y + 0.06],
            ],
            0.12,
          ),
          second,
        );
    }
  }
  if (look.marks === "spots") dab(ellipse([-0.5 * bodyWidth, 1.5], 0.28, 0.36), second);
  for (const side of [-1, 1]) {
    fill(ellipse([side * 0.72 * bodyWidth, 2.6], 0.42, 0.28), coat);
    limb(
      [
        [side * 0.3, 1.75],
        [side * 0.33, 2.75],
      ],
      0.36,
      0.36,
      coat,
    );
  }
}

function standingBody({ fill, dab, limb, look }: Pen): void {
  const { coat, pale, second, bodyWidth } = look;
  const length = 2.6 * bodyWidth;
  for (const x of [0.55, 0.95, length - 0.55, length - 0.1]) {
    limb(
      [
        [x, 1.5],
        [x, 2.7],
      ],
      0.36,
      0.32,
      x === 0.95 || x === length - 0.55 ? mix(coat, look.ink, 0.15) : coat,
    );
  }
  fill(ellipse([length / 2 + 0.15, 1.2], length / 2 + 0.2, 0.72), coat);
  dab(ellipse([length / 2 + 0.15, 1.62], length / 2 - 0.35, 0.22), pale);
  if (look.marks === "stripes") {
    for (let i = 1; i <= 4; i++)
      dab(
        stroke(
          [
            [(i * length) / 5, 0.6],
            [(i * length) / 5 + 0.1, 1.15],
          ],
          0.13,
        ),
        second,
      );
  }
  if (look.marks === "spots") {
    dab(ellipse([length * 0.45, 0.95], 0.4, 0.28), second);
    dab(ellipse([length * 0.8, 1.3], 0.28, 0.3), second);
  }
}

/** Thin, long, and curled at its end. */
function catTail({ limb, look }: Pen, [x, y]: Point): void {
  const height = 1.5 + 0.25 * look.whims[0];
  const out = 0.85 + 0.2 * look.whims[1];
  const up = curve([x, y], [x + out * 1.25, y - 0.1], [x + out, y - height * 0.6], 8);
  const curl = curve(
    [x + out, y - height * 0.6],
    [x + out * 0.75, y - height * 1.3],
    [x + out * 1.45, y - height],
    8,
  );
  limb([...up, ...curl.slice(1)], 0.2, 0.16, look.coat);
}

/** Thick at its root, short and straight. */
function dogTail({ limb, look }: Pen, [x, y]: Point): void {
  const out = 0.65 + 0.15 * look.whims[0];
  const height = 0.6 + 0.25 * look.whims[1];
  limb(curve([x - 0.1, y - 0.1], [x + out * 0.7, y - 0.1], [x + out, y - height], 6), 0.46, 0.26, look.coat);
}

/** Upright triangles with an inner triangle. */
function catEars({ fill, dab, look }: Pen): void {
  for (const side of [-1, 1]) {
    const whim = look.whims[side === -1 ? 2 : 3];
    const tip: Point = [side * (0.82 + 0.1 * whim), -1.5 - 0.14 * look.whims[4]];
    const outer: Point = [side * 0.95, -0.3];
    const inner: Point = [side * 0.18, -0.82];
    fill(polygon([tip, outer, inner], 0.04), look.coat);
    const middle: Point = [side * 0.66, -0.85];
    dab(
      polygon(
        [tip, outer, inner].map(([x, y]) => [
          middle[0] + (x - middle[0]) * 0.55,
          middle[1] + (y - middle[1]) * 0.55,
        ]),
      ),
      look.second,
    );
  }
}

/** Long flaps that hang from the top of the head down its sides. */
function dogEars({ fill, look }: Pen): void {
  for (const side of [-1, 1]) {
    const whim = look.whims[side === -1 ? 2 : 3];
    const length = 0.68 + 0.1 * look.whims[4];
    fill(
      ellipse([side * (0.98 + 0.06 * whim), -0.28 + length * 0.6], 0.3, length, side * (-0.24 + 0.1 * whim)),
      look.second,
    );
  }
}

/** Almond eyes with slit pupils, a small nose, a mouth like a w, whiskers. */
function catFace({ fill, dab, look }: Pen): void {
  const { ink, eyes, lineWidth, whims } = look;
  const line = Math.max(lineWidth * 0.9, 0.04);
  for (const side of [-1, 1]) {
    fill(ellipse([side * 0.42, -0.14], 0.23, 0.19, side * 0.25), eyes);
    dab(ellipse([side * 0.42, -0.14], 0.06, 0.17), ink);
    dab(stroke(curve([0, 0.36], [side * 0.05, 0.56], [side * 0.28, 0.47], 6), line), ink);
    for (const [i, slope] of [-0.18, 0, 0.18].entries()) {
      const y = 0.3 + 0.1 * i;
      dab(
        stroke(
          [
            [side * 0.34, y],
            [side * 1.35, y + slope + 0.08 * whims[5]],
          ],
          line * 0.8,
        ),
        ink,
      );
    }
  }
  dab(
    polygon(
      [
        [-0.12, 0.2],
        [0.12, 0.2],
        [0, 0.35],
      ],
      0.03,
    ),
    mix(ink, [0.9, 0.45, 0.5], 0.5 + 0.4 * whims[6]),
  );
}

/** Round eyes with round pupils, a long muzzle with a big nose, and often a tongue. */
function dogFace({ fill, dab, look }: Pen): void {
  const { ink, eyes, pale, lineWidth, whims } = look;
  const line = Math.max(lineWidth * 0.9, 0.04);
  if (whims[7] > -0.4) {
    fill(ellipse([0.04 * whims[8], 0.98], 0.17, 0.3 + 0.06 * whims[8]), mix(eyes, [0.92, 0.4, 0.45], 0.7));
  }
  for (const side of [-1, 1]) {
    fill(ellipse([side * 0.36, -0.24], 0.2, 0.21), eyes);
    dab(ellipse([side * 0.35, -0.21], 0.1, 0.11), ink);
  }
  fill(ellipse([0, 0.5], 0.5, 0.46 + 0.06 * whims[5]), pale);
  fill(ellipse([0, 0.28], 0.24, 0.16), mix(ink, [0.35, 0.2, 0.2], 0.25 + 0.25 * whims[6]));
  dab(
    stroke(
      [
        [0, 0.42],
        [0, 0.66],
      ],
      line,
    ),
    ink,
  );
  for (const side of [-1, 1])
    dab(stroke(curve([0, 0.66], [side * 0.16, 0.8], [side * 0.3, 0.68], 6), line), ink);
}
