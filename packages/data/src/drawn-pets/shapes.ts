/**
 * Shapes as signed distances: how far a point is from the outline, in the shape's units, negative inside. Distances
 * near the outline are what matters (the painter smooths over one pixel), so those of ellipses may be approximate.
 */

export type Point = readonly [x: number, y: number];

/** `bounds` is the radius, around `center`, beyond which there is nothing of the shape. */
export interface Shape {
  readonly center: Point;
  readonly bounds: number;
  distance(x: number, y: number): number;
}

/** @param tilt turns clockwise on the screen, where y points down; radians */
export function ellipse(center: Point, radiusX: number, radiusY: number, tilt = 0): Shape {
  const cos = Math.cos(tilt);
  const sin = Math.sin(tilt);
  return {
    center,
    bounds: Math.max(radiusX, radiusY),
    distance(x, y) {
      const dx = x - center[0];
      const dy = y - center[1];
      const u = (cos * dx + sin * dy) / radiusX;
      const v = (cos * dy - sin * dx) / radiusY;
      const radius = length(u, v);
      // First order: the implicit function u² + v² − 1 over the length of its gradient.
      const slope = length(u / radiusX, v / radiusY);
      return slope === 0 ? -Math.min(radiusX, radiusY) : (radius * (radius - 1)) / slope;
    },
  };
}

/** A filled polygon; its corners may be rounded. */
export function polygon(points: readonly Point[], rounding = 0): Shape {
  const center = mean(points);
  const [xs, ys] = coordinates(points);
  return {
    center,
    bounds: farthest(center, points) + rounding,
    distance(x, y) {
      let nearest = Number.POSITIVE_INFINITY;
      let isInside = false;
      for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
        nearest = Math.min(nearest, distanceToSegment(x, y, xs[i], ys[i], xs[j], ys[j]));
        const crosses = ys[i] > y !== ys[j] > y;
        if (crosses && x < xs[i] + ((xs[j] - xs[i]) * (y - ys[i])) / (ys[j] - ys[i])) isInside = !isInside;
      }
      return (isInside ? -nearest : nearest) - rounding;
    },
  };
}

/** A line through points, with round ends, of a width that changes evenly from its first to its last point. */
export function stroke(points: readonly Point[], startWidth: number, endWidth = startWidth): Shape {
  const center = mean(points);
  const segments = points.length - 1;
  const [xs, ys] = coordinates(points);
  return {
    center,
    bounds: farthest(center, points) + Math.max(startWidth, endWidth) / 2,
    distance(x, y) {
      let nearest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < segments; i++) {
        const halfWidth = (startWidth + ((endWidth - startWidth) * (i + 0.5)) / segments) / 2;
        nearest = Math.min(nearest, distanceToSegment(x, y, xs[i], ys[i], xs[i + 1], ys[i + 1]) - halfWidth);
      }
      return nearest;
    },
  };
}

/** Points on the curve through `from` and `to` that leans towards `control` (a quadratic Bézier curve). */
export function curve(from: Point, control: Point, to: Point, pieces = 10): Point[] {
  return Array.from({ length: pieces + 1 }, (_, i) => {
    const t = i / pieces;
    const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
    return [a * from[0] + b * control[0] + c * to[0], a * from[1] + b * control[1] + c * to[1]];
  });
}

function distanceToSegment(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const along = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1), 0), 1);
  return length(x - ax - along * dx, y - ay - along * dy);
}

/** Math.hypot guards against overflow, and is ten times slower. */
const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

const coordinates = (points: readonly Point[]): [Float64Array, Float64Array] => [
  Float64Array.from(points, ([x]) => x),
  Float64Array.from(points, ([, y]) => y),
];

const mean = (points: readonly Point[]): Point => [
  points.reduce((sum, [x]) => sum + x, 0) / points.length,
  points.reduce((sum, [, y]) => sum + y, 0) / points.length,
];

const farthest = ([x, y]: Point, points: readonly Point[]): number =>
  Math.max(...points.map((point) => length(point[0] - x, point[1] - y)));
