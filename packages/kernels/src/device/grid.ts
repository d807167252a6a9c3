/** Workgroups per dimension that every adapter allows. */
const MOST = 65_535;

/**
 * The grid for `count` threads in a row, `workgroupSize` a workgroup, folded into two dimensions where one is not
 * enough. The kernel finds its place by `id.y * groups.x * workgroupSize + id.x`, groups being `num_workgroups`.
 */
export function gridFor(count: number, workgroupSize = 64): [number, number, number] {
  const groups = Math.ceil(count / workgroupSize);
  if (groups <= MOST) return [groups, 1, 1];
  const rows = Math.ceil(groups / MOST);
  return [Math.ceil(groups / rows), rows, 1];
}

/**
 * The grid for so many quads (16 bytes), of which every thread works through some, going on by as many as there are threads.
 * Where a processor plays the GPU, starting a workgroup costs as much as hundreds of its instructions: four times fewer and
 * 16 bytes a read made a rectifier four times as fast there.
 */
export const quadsGrid = (quads: number): [number, number, number] => gridFor(quads / 4);
