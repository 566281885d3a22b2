import { Fault } from "@tilebook/base";
import type { Tensor } from "../tensor.ts";
import { leavesOf, mapTree } from "../tree.ts";

/** The length of all tensors of a tree as one vector: the root of the sum of their squares. Fault: `tree/empty`. */
export function globalNorm(tree: unknown): Tensor {
  const [first, ...others] = leavesOf(tree).map((leaf) => leaf.mul(leaf).sum());
  if (first !== undefined) return others.reduce((so, square) => so.add(square), first).sqrt();
  throw new Fault("tree/empty", "there is no tensor in this tree", { hint: "give it the gradients" });
}

/** All of them scaled by most / norm where the global norm is greater than `most` (Pascanu et al. 2013, algorithm 1). */
export function clipByGlobalNorm<Tree>(tree: Tree, most: number): Tree {
  const norm = globalNorm(tree);
  const factor = norm.gt(most).where(norm.pow(-1).mul(most), 1);
  return mapTree(tree, (leaf) => leaf.mul(factor)) as Tree;
}
