import { formatShape } from "../device/tensor.ts";

/** The most axes that the kernels take apart; neighbours that both operands run through alike count as one. */
const MOST_AXES = 6;

/** An axis of the result, and how far a step along it goes in an operand: 0 where that is broadcast. */
interface Axis {
  readonly size: number;
  readonly strides: readonly number[];
}

/**
 * The shape of a result by NumPy's rules: shapes are aligned at their last axis, missing axes count as 1, and along an axis
 * of 1 the same values stand again and again.
 * @param where the op, for messages
 * @throws where two sizes differ and neither is 1
 */
export function broadcastShape(where: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const sizeOfA = a[axis - rank + a.length] ?? 1;
    const sizeOfB = b[axis - rank + b.length] ?? 1;
    if (sizeOfA !== sizeOfB && sizeOfA !== 1 && sizeOfB !== 1) {
      throw new Error(
        `[${where}] a is ${formatShape(a)} and b is ${formatShape(b)}: counted from the last, their sizes must be equal, or one ` +
          "of them 1.",
      );
    }
    return sizeOfA === 1 ? sizeOfB : sizeOfA;
  });
}

/** The axes of the result from the outermost, as few as will do. `operands` are shapes that broadcast to it. */
function axesOf(result: readonly number[], operands: readonly (readonly number[])[]): Axis[] {
  const axes: Axis[] = [];
  const elements = operands.map(() => 1);
  for (let fromLast = 1; fromLast <= result.length; fromLast++) {
    const size = result[result.length - fromLast];
    const strides = operands.map((shape, i) => {
      const own = shape[shape.length - fromLast] ?? 1;
      const stride = own === 1 ? 0 : elements[i];
      elements[i] *= own;
      return stride;
    });
    if (size === 1) continue;
    const inner = axes[0];
    if (inner && strides.every((stride, i) => stride === inner.strides[i] * inner.size)) {
      axes[0] = { size: inner.size * size, strides: inner.strides };
    } else {
      axes.unshift({ size, strides });
    }
  }
  return axes;
}

function checkCount(where: string, axes: readonly Axis[], shapes: string): void {
  if (axes.length <= MOST_AXES) return;
  throw new Error(
    `[${where}] ${shapes}: axes that are broadcast and axes that are not take turns ${axes.length} times, ${MOST_AXES} is ` +
      "the most. Give shapes of fewer dimensions.",
  );
}

// An empty axis counts as 1: a kernel may not divide by 0, and there is nothing to compute.
const sizeAt = (axes: readonly Axis[], i: number) => Math.max(axes[i]?.size ?? 1, 1);
const strideAt = (axes: readonly Axis[], i: number, operand = 0) => axes[i]?.strides[operand] ?? 0;

/**
 * The constants of `forward-broadcast.wgsl`, or undefined where both operands hold the result's values one by one. The
 * size of the outermost axis is not among them: another batch size compiles nothing.
 * @throws where more than 6 runs of axes are to be told apart
 */
export function broadcastConstants(
  where: string,
  a: readonly number[],
  b: readonly number[],
  result: readonly number[],
) {
  const axes = axesOf(result, [a, b]);
  if (axes.every(({ strides }) => strides.every((stride) => stride > 0))) return undefined;
  checkCount(where, axes, `a is ${formatShape(a)} and b is ${formatShape(b)}`);
  return {
    SIZE_1: sizeAt(axes, 1),
    SIZE_2: sizeAt(axes, 2),
    SIZE_3: sizeAt(axes, 3),
    SIZE_4: sizeAt(axes, 4),
    SIZE_5: sizeAt(axes, 5),
    A_0: strideAt(axes, 0, 0),
    A_1: strideAt(axes, 1, 0),
    A_2: strideAt(axes, 2, 0),
    A_3: strideAt(axes, 3, 0),
    A_4: strideAt(axes, 4, 0),
    A_5: strideAt(axes, 5, 0),
    B_0: strideAt(axes, 0, 1),
    B_1: strideAt(axes, 1, 1),
    B_2: strideAt(axes, 2, 1),
    B_3: strideAt(axes, 3, 1),
    B_4: strideAt(axes, 4, 1),
    B_5: strideAt(axes, 5, 1),
  };
}

/**
 * The constants of `backward-broadcast.wgsl` for an operand of that shape: the axes of dy that it has, and those along
 * which it was broadcast, which are summed. They take turns, so there are 3 of each at most. `terms` is how many values
 * of dy make one of the gradient.
 * @throws where more than 6 runs of axes are to be told apart
 */
export function sumConstants(where: string, shape: readonly number[], result: readonly number[]) {
  const axes = axesOf(result, [shape]);
  checkCount(where, axes, `an operand is ${formatShape(shape)} and dy is ${formatShape(result)}`);
  const inDy = axes.map(({ size, strides: [own] }, i) => ({
    size,
    isKept: own > 0,
    strides: [axes.slice(i + 1).reduce((product, inner) => product * inner.size, 1)],
  }));
  const kept = inDy.filter(({ isKept }) => isKept);
  const summed = inDy.filter(({ isKept }) => !isKept);
  const constants = {
    KEPT_SIZE_1: sizeAt(kept, 1),
    KEPT_SIZE_2: sizeAt(kept, 2),
    KEPT_0: strideAt(kept, 0),
    KEPT_1: strideAt(kept, 1),
    KEPT_2: strideAt(kept, 2),
    SUMMED_SIZE_1: sizeAt(summed, 1),
    SUMMED_SIZE_2: sizeAt(summed, 2),
    SUMMED_0: strideAt(summed, 0),
    SUMMED_1: strideAt(summed, 1),
    SUMMED_2: strideAt(summed, 2),
  };
  return {
    constants,
    terms: summed.reduce((product, { size }) => product * size, 1),
    isSum: summed.length > 0,
  };
}
