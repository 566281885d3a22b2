import { Fault } from "@tilebook/base";
import type { Tensor } from "../tensor.ts";
import { leavesOf, mapTree } from "../tree.ts";

/** Tensors whose squares are added up before they are summed: gradients of sums read two buffers, and a kernel binds eight. */
const MOST_TOGETHER = 4;

/**
 * The length of all tensors of a tree as one vector: the root of the sum of their squares. Squares of as many numbers are added up
 * element by element first, in f32, so that a model of many tensors takes few sums. Fault: `tree/empty`.
 */
export function globalNorm(tree: unknown): Tensor {
  const [first, ...others] = alike(leavesOf(tree)).map((leaves) => sumOfSquares(leaves));
  if (first !== undefined) return others.reduce((so, square) => so.add(square), first).sqrt();
  throw new Fault("tree/empty", "there is no tensor in this tree", { hint: "give it the gradients" });
}

function sumOfSquares(leaves: readonly Tensor[]): Tensor {
  const [first, ...others] = leaves.map((leaf) => leaf.mul(leaf).reshape(leaf.size));
  if (first === undefined) throw new RangeError("a sum of no squares");
  return others.reduce((so, square) => so.add(square), first).sum();
}

/** Groups of as many numbers each. What is not f32 stays alone: it is summed more exactly than it is added. */
function alike(leaves: readonly Tensor[]): readonly (readonly Tensor[])[] {
  const groups: Tensor[][] = [];
  for (const leaf of leaves) {
    const isLike = ([other, ...rest]: readonly Tensor[]): boolean =>
      other?.dtype === "f32" && other.size === leaf.size && rest.length + 1 < MOST_TOGETHER;
    const group = leaf.dtype === "f32" ? groups.find((one) => isLike(one)) : undefined;
    if (group === undefined) groups.push([leaf]);
    else group.push(leaf);
  }
  return groups;
}

/** All of them scaled by most / norm where the global norm is greater than `most` (Pascanu et al. 2013, algorithm 1). */
export function clipByGlobalNorm<Tree>(tree: Tree, most: number): Tree {
  const norm = globalNorm(tree);
  const factor = norm.gt(most).where(norm.pow(-1).mul(most), 1);
  return mapTree(tree, (leaf) => leaf.mul(factor)) as Tree;
}
