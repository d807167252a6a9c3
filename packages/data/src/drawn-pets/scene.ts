import type { RandomStream } from "@convscope/kernels/philox";
import type { Canvas } from "./canvas.ts";
import { PIXELS } from "./canvas.ts";
import { type Color, hsl, mix } from "./color.ts";
import { curve, ellipse, type Point, polygon, stroke } from "./shapes.ts";

/** Paper, sky and meadow, a room, or a wild pattern; then a few things that stand about. Knows no species. */
export function paintBackground(canvas: Canvas, random: RandomStream): void {
  const { width, height } = canvas;
  const size = Math.min(width, height);
  const first = hsl(random.uniform(), random.uniform(0.1, 0.6), random.uniform(0.45, 0.92));
  const second = hsl(random.uniform(), random.uniform(0.1, 0.6), random.uniform(0.3, 0.85));
  const kind = random.integer(4);
  if (kind === 0) {
    const paper = mix(first, [1, 0.99, 0.96], 0.75);
    canvas.wash(() => paper);
  } else if (kind === 1) {
    canvas.wash((_, v) => mix(first, second, v));
  } else if (kind === 2) {
    const horizon = random.uniform(0.45, 0.8);
    const slope = random.uniform(-0.12, 0.12);
    canvas.wash((u, v) => (v < horizon + slope * (u - 0.5) ? first : second));
  } else {
    const [across, down] = [random.uniform(-25, 25), random.uniform(-25, 25)];
    const soft = mix(first, second, random.uniform(0.3, 0.7));
    canvas.wash((u, v) => (Math.sin(u * across + v * down) > 0 ? first : soft));
  }
  const things = random.integer(5);
  for (let i = 0; i < things; i++) {
    const place: Point = [random.uniform(0, width), random.uniform(0, height)];
    paintThing(canvas, random, place, size * random.uniform(0.06, 0.2));
  }
}

/** A sun, a flower, a ball, a house, or grass. */
function paintThing(canvas: Canvas, random: RandomStream, [x, y]: Point, size: number): void {
  const color = hsl(random.uniform(), random.uniform(0.4, 0.9), random.uniform(0.4, 0.7));
  const other = hsl(random.uniform(), random.uniform(0.4, 0.9), random.uniform(0.3, 0.7));
  const line = Math.max(1.5, size * 0.09);
  const turn = random.uniform(0, Math.PI);
  const around = (count: number, radius: number): Point[] =>
    Array.from({ length: count }, (_, i) => {
      const angle = turn + (2 * Math.PI * i) / count;
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    });
  const kind = random.integer(5);
  if (kind === 0) {
    for (const end of around(8, size)) canvas.paint(stroke([[x, y], end], line), PIXELS, { color });
    canvas.paint(ellipse([x, y], size * 0.6, size * 0.6), PIXELS, { color });
  } else if (kind === 1) {
    for (const petal of around(5, size * 0.5)) {
      canvas.paint(ellipse(petal, size * 0.32, size * 0.32), PIXELS, { color });
    }
    canvas.paint(ellipse([x, y], size * 0.3, size * 0.3), PIXELS, { color: other });
  } else if (kind === 2) {
    const outline = { outlineWidth: line, outlineColor: mix(color, [0, 0, 0], 0.6) };
    canvas.paint(ellipse([x, y], size * 0.7, size * 0.7), PIXELS, { color, ...outline });
    canvas.paint(
      stroke(
        [
          [x - size * 0.6, y],
          [x + size * 0.6, y],
        ],
        line,
      ),
      PIXELS,
      { color: other },
    );
  } else if (kind === 3) {
    const [l, r, t, b] = [x - size * 0.6, x + size * 0.6, y - size * 0.2, y + size * 0.7];
    canvas.paint(
      polygon([
        [l, t],
        [r, t],
        [r, b],
        [l, b],
      ]),
      PIXELS,
      { color },
    );
    canvas.paint(
      polygon([
        [l - line, t],
        [r + line, t],
        [x, t - size * 0.6],
      ]),
      PIXELS,
      { color: other },
    );
  } else {
    for (let i = -2; i <= 2; i++) {
      const foot: Point = [x + i * size * 0.2, y + size * 0.4];
      const tip: Point = [x + i * size * 0.35, y - size * random.uniform(0.2, 0.6)];
      canvas.paint(stroke([foot, tip], line), PIXELS, { color });
    }
  }
}

/** Sometimes a stroke goes across the picture, whatever lies beneath. */
export function paintOcclusion(canvas: Canvas, random: RandomStream): void {
  if (random.uniform() >= 0.3) return;
  const { width, height } = canvas;
  const somewhere = (): Point => [random.uniform(0, width), random.uniform(0, height)];
  const color = hsl(random.uniform(), random.uniform(0.2, 0.9), random.uniform(0.2, 0.8));
  const thickness = Math.min(width, height) * random.uniform(0.015, 0.06);
  canvas.paint(stroke(curve(somewhere(), somewhere(), somewhere(), 12), thickness), PIXELS, {
    color,
    opacity: random.uniform(0.6, 1),
  });
}

/** Light that falls off to one side, its colour and strength, and the grain of a bad camera. */
export function light(canvas: Canvas, random: RandomStream): void {
  const { width, height, pixels } = canvas;
  const angle = random.uniform(0, 2 * Math.PI);
  const falloff = random.uniform(0, 0.45);
  const exposure = random.uniform(0.7, 1.2);
  const tint: Color = [random.uniform(0.88, 1.1), random.uniform(0.88, 1.1), random.uniform(0.88, 1.1)];
  const noise = random.uniform(0.005, 0.05);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const side = cos * (x / width - 0.5) + sin * (y / height - 0.5);
      const gain = exposure * (1 + falloff * side * 2);
      const word = random.word(); // four bytes: one for each channel, one for all
      const common = (word >>> 24) / 255 - 0.5;
      for (let channel = 0; channel < 3; channel++, i++) {
        const own = ((word >>> (8 * channel)) & 255) / 255 - 0.5;
        pixels[i] = pixels[i] * gain * tint[channel] + noise * 1.7 * (common + own);
      }
    }
  }
}
