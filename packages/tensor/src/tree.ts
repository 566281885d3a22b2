import { Fault } from "@tilebook/base";
import { needFunction } from "./options.ts";
import { Tensor } from "./tensor.ts";

/**
 * A tree is what models are kept in: tensors in lists and plain objects, as deep as wanted. Whatever else stands in it
 * (numbers, texts, functions) is a part of its form and stays as it is.
 */

/** Deeper than any model, and shallow enough to find a tree that holds itself. */
const MOST_LEVELS = 64;

/** The tensors of a tree, in the order in which they stand in it. Fault: `tree/depth`. */
export function leavesOf(tree: unknown): readonly Tensor[] {
  const leaves: Tensor[] = [];
  mapTree(tree, (leaf) => {
    leaves.push(leaf);
    return leaf;
  });
  return leaves;
}

/**
 * A tree of the same form, with what `change` gives for each tensor and the keys on the way to it. Fault: `tree/depth`.
 */
export function mapTree(
  tree: unknown,
  change: (leaf: Tensor, path: readonly string[]) => unknown,
  path: readonly string[] = [],
): unknown {
  if (tree instanceof Tensor) return change(tree, path);
  if (path.length > MOST_LEVELS) {
    throw new Fault("tree/depth", `a tree has at most ${MOST_LEVELS} levels`, {
      hint: "does a part of it hold the tree itself?",
    });
  }
  if (Array.isArray(tree)) return tree.map((item, at) => mapTree(item, change, [...path, String(at)]));
  if (!isPlain(tree)) return tree;
  const entries = Object.entries(tree).map(
    ([key, item]) => [key, mapTree(item, change, [...path, key])] as const,
  );
  return Object.fromEntries(entries);
}

/** The tree with `leaves` in the places of its tensors. */
export function withLeaves(tree: unknown, leaves: readonly unknown[]): unknown {
  let at = 0;
  return mapTree(tree, () => leaves[at++]);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
/** The values of several trees of one form, leaf by leaf. Fault: `tree/form`. */
export function mapTrees(
  trees: readonly unknown[],
  change: (...leaves: readonly Tensor[]) => unknown,
): unknown {
  needFunction("tree.map", change, "tree.map((leaf) => leaf.mul(2), params)");
  const [first, ...others] = trees;
  const rest = others.map((tree) => leavesOf(tree));
  const many = leavesOf(first).length;
  const wrong = rest.find((leaves) => leaves.length !== many);
  if (wrong !== undefined) {
    throw new Fault("tree/form", `a tree of ${many} tensors and one of ${wrong.length} do not fit together`, {
      hint: "trees that go together have the same form, as the gradients of parameters have theirs",
    });
  }
  let at = 0;
  return mapTree(first, (leaf) => {
    const beside = rest.flatMap((leaves) => leaves[at] ?? []);
    at += 1;
    return change(leaf, ...beside);
  });
}
