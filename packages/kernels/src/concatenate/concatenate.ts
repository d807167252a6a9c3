import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import copyColumnsWgsl from "./copy-columns.wgsl";
import copyColumnsQuadsWgsl from "./copy-columns-quads.wgsl";

const stepNames = ["width", "xColumns", "xFirst", "yColumns", "yFirst", "rows", "stride"] as const;
const copyColumns = defineKernel({
  name: "concatenate.copy-columns",
  wgsl: copyColumnsWgsl,
  buffers: ["x", "y"],
  step: stepNames,
});
const copyColumnsQuads = defineKernel({
  name: "concatenate.copy-columns-quads",
  wgsl: copyColumnsQuadsWgsl,
  buffers: ["x", "y"],
  step: stepNames,
});

/** Elements that a thread copies, where there are enough of them. */
const PER_THREAD = 8;

/** Where columns of rows lie: in rows of so many, from the first on. */
interface Columns {
  readonly tensor: Tensor;
  readonly columns: number;
  readonly first: number;
}

/** y's columns ← x's, `width` of them in each of `rows` rows. */
function copy(scope: Scope, rows: number, width: number, x: Columns, y: Columns): void {
  if (rows * width === 0) return;
  const isQuads = [width, x.columns, x.first, y.columns, y.first].every((size) => size % 4 === 0);
  const unit = isQuads ? 4 : 1;
  const rowsOfRound = Math.max(1, Math.ceil(rows / PER_THREAD));
  const stride = rowsOfRound * (width / unit);
  scope.device.run(
    isQuads ? copyColumnsQuads : copyColumns,
    { x: x.tensor, y: y.tensor },
    {},
    {
      grid: gridFor(stride),
      step: {
        width: width / unit,
        xColumns: x.columns / unit,
        xFirst: x.first / unit,
        yColumns: y.columns / unit,
        yFirst: y.first / unit,
        rows,
        stride,
      },
    },
  );
}

/** An axis counted from the first, of one that may be counted from behind. @throws where there is none such */
function axisOf(where: string, shape: readonly number[], axis: number): number {
  const positive = axis < 0 ? axis + shape.length : axis;
  if (Number.isInteger(positive) && positive >= 0 && positive < shape.length) return positive;
  throw new Error(
    `[${where}] axis is ${axis}: a tensor ${formatShape(shape)} has axes 0 to ${shape.length - 1}.`,
  );
}

/**
 * Tensors in a row along an axis, which may be counted from behind (−1 the last).
 * @throws where there is none, or two differ in another axis
 */
export function concatenate(scope: Scope, parts: readonly Tensor[], axis: number): Tensor {
  if (parts.length === 0)
    throw new Error("[concatenate] there is nothing to join: give at least one tensor.");
  const [{ shape }] = parts;
  const at = axisOf("concatenate", shape, axis);
  for (const part of parts) {
    if (part.shape.length === shape.length && part.shape.every((size, i) => i === at || size === shape[i]))
      continue;
    throw new Error(
      `[concatenate] ${formatShape(shape)} and ${formatShape(part.shape)} differ in another axis than ${at}, along which ` +
        "they are joined.",
    );
  }
  if (parts.length === 1) return parts[0];
  const total = parts.reduce((sum, part) => sum + part.shape[at], 0);
  const y = scope.tensor(shape.with(at, total));
  const inner = sizeOf(shape.slice(at + 1));
  const rows = sizeOf(shape.slice(0, at));
  let first = 0;
  for (const tensor of parts) {
    const width = tensor.shape[at] * inner;
    copy(
      scope,
      rows,
      width,
      { tensor, columns: width, first: 0 },
      { tensor: y, columns: total * inner, first },
    );
    first += width;
  }
  return y;
}

/**
 * x[…, begin … begin + size, …] along an axis, which may be counted from behind: the gradient of one of the joined tensors,
 * or the channels of a group.
 * @throws where the axis has no such part
 */
export function slice(scope: Scope, x: Tensor, axis: number, begin: number, size: number): Tensor {
  const at = axisOf("slice", x.shape, axis);
  if (!(begin >= 0 && size >= 0 && begin + size <= x.shape[at])) {
    throw new Error(
      `[slice] ${begin} to ${begin + size} of axis ${at} was asked for, x is ${formatShape(x.shape)}: it ends at ${x.shape[at]}.`,
    );
  }
  if (size === x.shape[at]) return x;
  const y = scope.tensor(x.shape.with(at, size));
  const inner = sizeOf(x.shape.slice(at + 1));
  const rows = sizeOf(x.shape.slice(0, at));
  copy(
    scope,
    rows,
    size * inner,
    { tensor: x, columns: x.shape[at] * inner, first: begin * inner },
    { tensor: y, columns: size * inner, first: 0 },
  );
  return y;
}
