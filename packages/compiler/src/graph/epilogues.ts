import type { FaultData } from "@tilebook/base";
import { type Graph, type GraphNode, type MatmulNode, type NodeId, sizeOf } from "@tilebook/ir";
import type { Target } from "../program.ts";
import { contents, isRoot, nodeAt, wordFor } from "./contents.ts";
import { isReadInPlace, type MapsWish } from "./group-maps.ts";
import { productSides } from "./product-sides.ts";
import type { Readers } from "./readers.ts";
import { isOftenSplit } from "./split-products.ts";

/** Operations that each thread writes out for many results: on a processor the compiler takes longer over them than a launch takes. */
const [mostBehind, mostOfProcessor] = [16, 4];

/** What is known when products take in maps. */
export interface Surroundings {
  readonly readers: Readers;
  /** Maps and folds that are kernels of several results. */
  readonly grouped: ReadonlySet<NodeId>;
}

/**
 * Products that are computed in the kernel of the only map that reads them, each element where it is made: a bias added, an activation, what a
 * block adds to its input. By the map, which has as many elements, and rows as long. What is stored then is the map alone.
 */
export function findEpilogues(
  graph: Graph,
  { live, stored, placeOf, outputs, target }: MapsWish,
  { readers, grouped }: Surroundings,
): ReadonlyMap<NodeId, NodeId> {
  const found = new Map<NodeId, NodeId>();
  for (const id of live) {
    const isMap = stored.has(id) && placeOf(id) === undefined && !isRoot(nodeAt(graph, id));
    if (!isMap || grouped.has(id)) continue;
    const { buffers, ops } = contents(graph, id, stored);
    const behind = [...ops].map((op) => nodeAt(graph, op));
    if (!isShort(behind, target)) continue;
    // Both sides of the product, the result, and what else is read.
    if (buffers.size + 2 > target.storageBuffers) continue;
    const product = [...buffers].findLast(
      (read) =>
        readers.get(read)?.length === 1 &&
        !outputs.includes(read) &&
        placeOf(read) === undefined &&
        isEpilogueOf(graph, { id, read, stored, target }),
    );
    if (product !== undefined) found.set(id, product);
  }
  return found;
}

function isShort(ops: readonly GraphNode[], { processor }: Target): boolean {
  if (ops.some(({ kind }) => kind === "paste" || kind === "take")) return false;
  if (processor !== true) return ops.length <= mostBehind;
  return ops.length <= mostOfProcessor && !ops.some(isFunction);
}

/** Functions are long code. */
export function isFunction(node: GraphNode): boolean {
  if (node.kind === "unary") return node.op !== "neg" && node.op !== "abs";
  return node.kind === "binary" && node.op === "pow";
}

interface Pair {
  readonly id: NodeId;
  readonly read: NodeId;
  readonly stored: ReadonlySet<NodeId>;
  readonly target: Target;
}

function isEpilogueOf(graph: Graph, { id, read, stored, target }: Pair): boolean {
  const product = nodeAt(graph, read);
  if (product.kind !== "matmul") return false;
  const { shape } = nodeAt(graph, id).type;
  const isAlike = sizeOf(shape) === sizeOf(product.type.shape) && shape.at(-1) === product.type.shape.at(-1);
  return (
    isAlike && !isOftenSplit(productSides(graph, product), target) && isReadInPlace(graph, id, read, stored)
  );
}

export function sayEpilogue(graph: Graph, id: NodeId, product: NodeId): FaultData {
  const node = nodeAt(graph, id);
  const { span = (nodeAt(graph, product) as MatmulNode).span } = node;
  return {
    code: "fused/epilogue",
    message: `this ${wordFor(node)} and the product before it are one kernel: the product's results are nowhere stored`,
    ...(span === undefined ? {} : { span }),
  };
}
