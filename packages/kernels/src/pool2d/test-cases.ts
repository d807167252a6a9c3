import { type Pool2dGeometry, pool2dGeometry } from "./geometry.ts";

/** The geometries every pooling test runs: odd sizes, windows that overlap, leave gaps, or are cut by the border. */
export const poolCases: readonly Pool2dGeometry[] = [
  pool2dGeometry({ inputShape: [3, 15, 17, 5], poolSize: 2, padding: "valid" }),
  pool2dGeometry({ inputShape: [1, 7, 7, 70], poolSize: 2, padding: "same" }),
  pool2dGeometry({ inputShape: [3, 11, 9, 3], poolSize: 3, strides: 2, padding: "valid" }),
  pool2dGeometry({ inputShape: [1, 10, 13, 70], poolSize: 3, strides: 2, padding: "same" }),
  pool2dGeometry({ inputShape: [3, 9, 8, 1], poolSize: 3, strides: 1, padding: "same" }),
  pool2dGeometry({ inputShape: [1, 13, 11, 5], poolSize: [1, 2], strides: [3, 4], padding: "valid" }),
  pool2dGeometry({ inputShape: [3, 5, 6, 3], poolSize: [5, 2], strides: [1, 3], padding: "same" }),
  pool2dGeometry({ inputShape: [1, 2, 3, 5], poolSize: 5, strides: 1, padding: "same" }),
  pool2dGeometry({
    inputShape: [3, 8, 7, 5],
    poolSize: 3,
    strides: 2,
    padding: { top: 2, bottom: 0, left: 1, right: 2 },
  }),
  pool2dGeometry({
    inputShape: [3, 8, 9, 5],
    poolSize: [3, 2],
    strides: 3,
    padding: { top: 2, bottom: 1, left: 1, right: 0 },
  }),
];
