import { formatShape } from "../device/tensor.ts";

/** @throws where the shape given is not the shape needed */
export function checkShape(
  where: string,
  what: string,
  given: readonly number[],
  needed: readonly number[],
): void {
  if (given.length === needed.length && given.every((extent, i) => extent === needed[i])) return;
  throw new Error(`[${where}] ${what} is ${formatShape(given)}, ${formatShape(needed)} is needed.`);
}
