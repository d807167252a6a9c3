import { type Device, type NdArray, sizeOf, type Tensor } from "@convscope/kernels";

/**
 * A matrix on a device that binds less of a buffer than it takes, such as the 392 MiB of VGG16's `fc1`: it lies there in
 * blocks of columns, each a tensor of its own. Everywhere else it is one array.
 */

/** Blocks are whole multiples of so many columns where that can be: the kernels' largest tile. */
const TILE = 64;

/**
 * The columns of each block of a matrix [rows, columns]: as few blocks as go, and all but the last of one width.
 * @param largest the bytes of the largest tensor
 */
export function blockWidths(largest: number, [rows, columns]: readonly number[]): readonly number[] {
  const fitting = Math.floor(largest / (4 * rows));
  if (fitting >= columns || fitting === 0) return [columns];
  const unit = [TILE, 4, 1].find((size) => size <= fitting) ?? 1;
  const most = fitting - (fitting % unit);
  const width = unit * Math.ceil(columns / Math.ceil(columns / most) / unit);
  const whole = Math.floor(columns / width);
  const rest = columns - whole * width;
  return [...Array<number>(whole).fill(width), ...(rest > 0 ? [rest] : [])];
}

/** Puts an array on a device; zeros where no values are given. @param widths of its blocks; one means all of it, of any shape */
export function placeBlocks(
  device: Device,
  shape: readonly number[],
  widths: readonly number[],
  values?: Float32Array,
): readonly Tensor[] {
  if (widths.length === 1) return [device.tensor(shape, values)];
  const blocks = widths.map((width) => device.tensor([shape[0], width]));
  if (values) writeBlocks(device, blocks, values);
  return blocks;
}

/** Writes an array's values into its blocks. Beside them there is one block in memory at a time. */
export function writeBlocks(device: Device, blocks: readonly Tensor[], values: Float32Array): void {
  if (blocks.length === 1) {
    device.write(blocks[0], values);
    return;
  }
  const columns = columnsOf(blocks);
  const memory = new Float32Array(Math.max(...blocks.map(({ shape }) => sizeOf(shape))));
  let first = 0;
  for (const block of blocks) {
    const [rows, width] = block.shape;
    const part = memory.subarray(0, rows * width);
    for (let row = 0; row < rows; row++) {
      const start = row * columns + first;
      part.set(values.subarray(start, start + width), row * width);
    }
    device.write(block, part);
    first += width;
  }
}

/** The array in such blocks, as it is after all work recorded so far. */
export async function readBlocks(device: Device, blocks: readonly Tensor[]): Promise<NdArray> {
  if (blocks.length === 1) return device.read(blocks[0]);
  const [rows] = blocks[0].shape;
  const columns = columnsOf(blocks);
  const data = new Float32Array(rows * columns);
  let first = 0;
  await Promise.all(
    blocks.map(async (block) => {
      const width = block.shape[1];
      const start = first;
      first += width;
      const part = await device.read(block);
      for (let row = 0; row < rows; row++)
        data.set(part.data.subarray(row * width, (row + 1) * width), row * columns + start);
    }),
  );
  return { shape: [rows, columns], data };
}

const columnsOf = (blocks: readonly Tensor[]): number => blocks.reduce((sum, { shape }) => sum + shape[1], 0);
