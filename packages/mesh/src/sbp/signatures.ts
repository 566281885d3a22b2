import { type Graph, type GraphNode, isPacked, type NodeId, readsOf } from "@tilebook/ir";
import { attentionRules } from "./attention-rules.ts";
import { matmulRules } from "./matmul-rules.ts";
import { broadcast, partial, type Sbp, split } from "./sbp.ts";
import { axes, everywhere, type ShapeOf, type Signature } from "./signature.ts";
import {
  sliceRules,
  pasteRules,
  permuteRules,
  repeatRules,
  reshapeRules,
  windowRules,
} from "./view-rules.ts";

/**
 * All signatures of a node on a group of `ranks`. Everything can be computed by each rank on whole inputs; the rest follows from what the node
 * means. Axes that are shorter than the group are not cut. Launches of kernels are opaque: whole inputs, whole results.
 */
export function signaturesOf(graph: Graph, id: NodeId, ranks: number): readonly Signature[] {
  const node = graph.nodes[id];
  if (node === undefined) return [];
  const typeOf = (input: NodeId): GraphNode["type"] | undefined => graph.nodes[input]?.type;
  const shapeOf: ShapeOf = (input) => typeOf(input)?.shape ?? [];
  const reads = readsOf(node);
  const fits = (sbp: Sbp, type: GraphNode["type"] | undefined): boolean =>
    sbp.kind !== "split" ||
    (type !== undefined && !isPacked(type.dtype) && (type.shape[sbp.axis] ?? 0) >= ranks);
  return [everywhere(reads.length), ...rulesOf(node, shapeOf, ranks)].filter(
    ({ inputs, output }) =>
      fits(output, node.type) && inputs.every((sbp, place) => fits(sbp, typeOf(reads[place] ?? -1))),
  );
}

function rulesOf(node: GraphNode, shapeOf: ShapeOf, ranks: number): readonly Signature[] {
  const rank = node.type.shape.length;
  switch (node.kind) {
    case "unary":
      return [...alike(rank, 1), ...(node.op === "neg" ? linear : [])];
    case "cast":
      return alike(rank, 1);
    case "binary":
      return [...alike(rank, 2), ...(binaryPartials[node.op] ?? [])];
    case "select":
      return [...alike(rank, 3), { inputs: [broadcast, partial.sum, partial.sum], output: partial.sum }];
    case "reduce":
      return reduceRules(node);
    case "reshape":
      return reshapeRules(shapeOf(node.input), node.type.shape, ranks);
    case "permute":
      return permuteRules(node.order);
    case "broadcast":
      return repeatRules(shapeOf(node.input), node.type.shape);
    case "slice":
      return sliceRules(node, shapeOf(node.input));
    case "paste":
      return pasteRules(node, shapeOf(node.input));
    case "window":
      return windowRules(node);
    case "take":
      return takeRules(rank, shapeOf(node.index).length);
    case "matmul":
      return matmulRules(rank, node.transposeRight);
    case "attention":
      return attentionRules(node, [shapeOf(node.q), shapeOf(node.k), shapeOf(node.v)], ranks);
    // Whole on all, and cut where it is read, for nothing.
    case "fill":
    case "input":
    case "iota":
    case "tileCall":
    case "result":
      return [];
  }
}

const linear: readonly Signature[] = [{ inputs: [partial.sum], output: partial.sum }];

const terms: Signature = { inputs: [partial.sum, partial.sum], output: partial.sum };
const leftTerms: Signature = { inputs: [partial.sum, broadcast], output: partial.sum };
const rightTerms: Signature = { inputs: [broadcast, partial.sum], output: partial.sum };
const binaryPartials: Readonly<Record<string, readonly Signature[]>> = {
  add: [terms],
  sub: [terms],
  mul: [leftTerms, rightTerms],
  div: [leftTerms],
  max: [{ inputs: [partial.max, partial.max], output: partial.max }],
  min: [{ inputs: [partial.min, partial.min], output: partial.min }],
};

/** Elementwise: all cut along the same axis. */
function alike(rank: number, inputs: number): readonly Signature[] {
  return axes(rank).map((axis) => ({
    inputs: Array.from({ length: inputs }, () => split(axis)),
    output: split(axis),
  }));
}

/** Along the axis that is folded each rank folds its part, of what can be put together afterwards. */
function reduceRules(node: Extract<GraphNode, { readonly kind: "reduce" }>): readonly Signature[] {
  const { op, axis } = node;
  const others = axes(node.type.shape.length).filter((other) => other !== axis);
  const along = others.map((other) => ({ inputs: [split(other)], output: split(other) }));
  if (op === "sum") return [...along, { inputs: [split(axis)], output: partial.sum }, ...linear];
  if (op !== "max" && op !== "min") return along;
  const put = partial[op];
  return [...along, { inputs: [split(axis)], output: put }, { inputs: [put], output: put }];
}

/** Rows by index: each rank those of its part of the index, or its columns of all rows. */
function takeRules(rank: number, indexRank: number): readonly Signature[] {
  const columns = axes(rank).filter((axis) => axis >= indexRank);
  return [
    { inputs: [broadcast, split(0)], output: split(0) },
    ...columns.map((axis) => ({ inputs: [split(axis - indexRank + 1), broadcast], output: split(axis) })),
    { inputs: [partial.sum, broadcast], output: partial.sum },
  ];
}
