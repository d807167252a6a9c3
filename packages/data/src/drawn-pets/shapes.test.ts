import { describe, expect, it } from "vitest";
import { Canvas, type Hand, PIXELS, type Placement } from "./canvas.ts";
import { hsl } from "./color.ts";
import { curve, ellipse, polygon, type Shape, stroke } from "./shapes.ts";

const STEADY: Hand = { wobble: 0, wavelength: 10, phase: 0, grain: 0, direction: 0 };

/** The painted area in pixels, and its centre. */
function painted(shape: Shape, placement: Placement = PIXELS, outlineWidth = 0) {
  const canvas = new Canvas(100, 80, STEADY);
  canvas.paint(shape, placement, { color: [1, 1, 1], outlineWidth });
  let [area, x, y] = [0, 0, 0];
  for (let i = 0; i < 8000; i++) {
    const share = canvas.pixels[3 * i];
    area += share;
    x += share * ((i % 100) + 0.5);
    y += share * (Math.floor(i / 100) + 0.5);
  }
  return { area, x: x / area, y: y / area };
}

describe("painted shapes have the area and the place that geometry says", () => {
  it.each([
    ["circle", ellipse([50, 40], 20, 20), Math.PI * 400, 50, 40],
    ["tilted ellipse", ellipse([45, 35], 30, 12, 0.7), Math.PI * 360, 45, 35],
    [
      "rectangle",
      polygon([
        [10, 10],
        [60, 10],
        [60, 40],
        [10, 40],
      ]),
      1500,
      35,
      25,
    ],
    [
      "triangle",
      polygon([
        [10, 10],
        [70, 10],
        [10, 55],
      ]),
      1350,
      30,
      25,
    ],
    [
      "line with round ends",
      stroke(
        [
          [20, 30],
          [70, 30],
        ],
        10,
      ),
      500 + Math.PI * 25,
      45,
      30,
    ],
  ])("%s", (_, shape, area, x, y) => {
    const result = painted(shape);
    expect(Math.abs(result.area / area - 1)).toBeLessThan(0.01);
    expect(result.x).toBeCloseTo(x, 0);
    expect(result.y).toBeCloseTo(y, 0);
  });

  it("scaled, turned by a right angle, mirrored, moved", () => {
    const shape = polygon([
      [0, 0],
      [4, 0],
      [4, 1],
      [0, 1],
    ]); // its centre at (2, 0.5)
    const placement: Placement = { scale: 8, tilt: Math.PI / 2, isMirrored: true, origin: [50, 40] };
    const { area, x, y } = painted(shape, placement);
    expect(area).toBeCloseTo(4 * 64, 0);
    // Mirrored to (−2, 0.5), turned clockwise to (−0.5, −2), eight times as large.
    expect([x, y].map(Math.round)).toEqual([46, 24]);
  });

  it("with an outline that reaches half its width outwards", () => {
    expect(painted(ellipse([50, 40], 20, 20), PIXELS, 4).area / (Math.PI * 22 ** 2)).toBeCloseTo(1, 1);
  });

  it("over the edge of the canvas", () => {
    expect(painted(ellipse([0, 0], 20, 20)).area / (Math.PI * 100)).toBeCloseTo(1, 1);
  });
});

it("a curve goes from its first to its last point, towards its control", () => {
  const points = curve([0, 0], [10, 20], [20, 0], 4);
  expect(points).toHaveLength(5);
  expect([points[0], points[2], points[4]]).toEqual([
    [0, 0],
    [10, 10],
    [20, 0],
  ]);
});

it("hsl gives the pure colours", () => {
  expect(hsl(0, 1, 0.5)).toEqual([1, 0, 0]);
  expect(hsl(1 / 3, 1, 0.5).map((v) => Math.round(v * 1e6) / 1e6)).toEqual([0, 1, 0]);
  expect(hsl(0.7, 0, 0.25)).toEqual([0.25, 0.25, 0.25]);
});
