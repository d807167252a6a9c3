import type { ImageArray } from "../types.ts";
import type { Color } from "./color.ts";
import type { Point, Shape } from "./shapes.ts";

/** From a shape's units to pixels: mirrored, turned, scaled, moved. */
export interface Placement {
  /** Pixels of one unit. */
  readonly scale: number;
  /** Clockwise, radians. */
  readonly tilt: number;
  readonly isMirrored: boolean;
  /** Where the shapes' origin lies, in pixels. */
  readonly origin: Point;
}

/** How a shape is coloured in. */
export interface Paint {
  readonly color: Color;
  /** 0 … 1; default 1. */
  readonly opacity?: number;
  /** Of the line around the shape, in the shape's units; default none. */
  readonly outlineWidth?: number;
  readonly outlineColor?: Color;
}

/** The unsteady hand: a slow wave that moves every outline, and strokes of a crayon that cover unevenly. */
export interface Hand {
  /** Pixels by which an outline strays. */
  readonly wobble: number;
  /** Pixels between two waves. */
  readonly wavelength: number;
  /** Where the wave begins; radians. */
  readonly phase: number;
  /** How much paper shows through, 0 … 1. */
  readonly grain: number;
  /** The direction of the crayon; radians. */
  readonly direction: number;
}

/** The placement that leaves pixels as they are. */
export const PIXELS: Placement = { scale: 1, tilt: 0, isMirrored: false, origin: [0, 0] };

/** Side of the squares that are passed over or painted, in pixels. */
const TILE = 8;

/** A picture to paint on: shapes are filled one over the other, with smooth edges. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  /** RGB, 0 … 1. */
  readonly pixels: Float32Array;
  readonly #hand: Hand;
  /** How far an outline strays to the right in each row, and downwards in each column. */
  readonly #strayInRow: Float32Array;
  readonly #strayInColumn: Float32Array;
  /** How much of each pixel the crayon covers. */
  readonly #crayon: Float32Array;

  constructor(width: number, height: number, hand: Hand) {
    this.width = width;
    this.height = height;
    this.pixels = new Float32Array(width * height * 3);
    this.#hand = hand;
    const { wobble, wavelength, phase, grain, direction } = hand;
    this.#strayInRow = new Float32Array(height).map((_, y) => wobble * Math.sin(y / wavelength + phase));
    this.#strayInColumn = new Float32Array(width).map((_, x) => wobble * Math.sin(x / wavelength - phase));
    const waveX = 1.3 * Math.cos(direction);
    const waveY = 1.3 * Math.sin(direction);
    this.#crayon = new Float32Array(width * height);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        this.#crayon[i] = 1 - grain * (0.5 + 0.5 * Math.sin(x * waveX + y * waveY));
      }
    }
  }

  /** Sets each pixel to a colour that depends on its place, 0 … 1 from left to right and from top to bottom. */
  wash(color: (u: number, v: number) => Color): void {
    for (let y = 0, i = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++, i += 3) {
        const [r, g, b] = color((x + 0.5) / this.width, (y + 0.5) / this.height);
        this.pixels[i] = r;
        this.pixels[i + 1] = g;
        this.pixels[i + 2] = b;
      }
    }
  }

  /** Paints a shape and its outline. A pixel is covered as far as it lies inside, judged by the distance of its centre. */
  paint(shape: Shape, placement: Placement, paint: Paint): void {
    const { scale, tilt, isMirrored, origin } = placement;
    const { color, opacity = 1, outlineWidth = 0, outlineColor = color } = paint;
    const cos = Math.cos(tilt);
    const sin = Math.sin(tilt);
    const mirror = isMirrored ? -1 : 1;
    /** In pixels, of a point given in pixels from the origin. */
    const distanceAt = (x: number, y: number): number =>
      scale * shape.distance((mirror * (cos * x + sin * y)) / scale, (cos * y - sin * x) / scale);
    const halfLine = (outlineWidth * scale) / 2;
    const [unitX, unitY] = [shape.center[0] * mirror * scale, shape.center[1] * scale];
    const centerX = origin[0] + cos * unitX - sin * unitY;
    const centerY = origin[1] + sin * unitX + cos * unitY;
    const reach = shape.bounds * scale + halfLine + this.#hand.wobble + 1;

    // Tiles far from the shape are passed over; the factor 2 allows for distances that are approximate.
    const far = halfLine + 2 * TILE;
    const [left, top] = [Math.max(0, Math.floor(centerX - reach)), Math.max(0, Math.floor(centerY - reach))];
    const [right, bottom] = [Math.min(this.width, centerX + reach), Math.min(this.height, centerY + reach)];
    for (let tileY = top; tileY < bottom; tileY += TILE) {
      for (let tileX = left; tileX < right; tileX += TILE) {
        if (distanceAt(tileX + TILE / 2 - origin[0], tileY + TILE / 2 - origin[1]) > far) continue;
        const endX = Math.min(tileX + TILE, this.width);
        const endY = Math.min(tileY + TILE, this.height);
        for (let y = tileY; y < endY; y++) {
          for (let x = tileX; x < endX; x++) {
            const distance = distanceAt(
              x + 0.5 + this.#strayInRow[y] - origin[0],
              y + 0.5 + this.#strayInColumn[x] - origin[1],
            );
            if (distance >= halfLine + 0.5) continue;
            const i = y * this.width + x;
            blend(this.pixels, 3 * i, color, coverage(distance) * opacity * this.#crayon[i]);
            if (halfLine > 0)
              blend(this.pixels, 3 * i, outlineColor, coverage(Math.abs(distance) - halfLine) * opacity);
          }
        }
      }
    }
  }

  /** The picture as bytes, RGB. */
  toImage(): ImageArray {
    const data = new Uint8ClampedArray(this.pixels.length); // rounds, and clips to 0 … 255
    for (let i = 0; i < data.length; i++) data[i] = this.pixels[i] * 255;
    return { shape: [this.height, this.width, 3], data: new Uint8Array(data.buffer) };
  }
}

/** Moves the pixel at `i` towards a colour. */
function blend(pixels: Float32Array, i: number, color: Color, share: number): void {
  for (let channel = 0; channel < 3; channel++) {
    pixels[i + channel] += (color[channel] - pixels[i + channel]) * share;
  }
}

/** How much of a pixel lies inside an outline at this distance (in pixels) from its centre. */
const coverage = (distance: number): number => Math.min(Math.max(0.5 - distance, 0), 1);
