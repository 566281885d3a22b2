import { type Graph, type GraphNode, type NodeId, readsOf } from "@tilebook/ir";
import type { Place, RegionWriter } from "../expression.ts";
import type { ViewNode } from "../through-views.ts";
import { nodeAt } from "../contents.ts";
import { Unfused } from "./unfused.ts";

/** A node's values at a place. */
export interface Part {
  readonly id: NodeId;
  readonly place: Place;
}

/** Part of a sum, with its sign. */
export interface Term extends Part {
  readonly sign: 1 | -1;
}

/**
 * A value of a block as a product. What hangs on no fold of the stream is `fixed`; what is one number a row, of folds that
 * go on, is `rows`, and stands outside a sum along the stream. An exponential of a sum of both, exp(a + r), is repaired when r
 * changes, by exp(r_new - r_old): that is the whole of flash attention (Milakov and Gimelshein 2018, Dao 2023).
 */
export interface Factors {
  readonly fixed: Part[];
  readonly fixedBelow: Part[];
  readonly rows: Part[];
  readonly rowsBelow: Part[];
  readonly exponents: { readonly fixed: readonly Term[]; readonly rows: readonly Term[] }[];
  /** Where one of them is false, the value is 0. */
  readonly masks: Part[];
}

/** What the writer of a stream knows of nodes. */
export interface Knowledge {
  readonly graph: Graph;
  readonly writer: RegionWriter;
  /** Whether a value hangs on a fold along the stream. */
  readonly hangsOnFolds: (id: NodeId) => boolean;
  /** Whether it is the same for the whole row. */
  readonly isOfRow: (place: Place) => boolean;
}

/** Faults with `Unfused` where a value is no such product. */
export function factorsOf(part: Part, knowledge: Knowledge): Factors {
  const factors: Factors = { fixed: [], fixedBelow: [], rows: [], rowsBelow: [], exponents: [], masks: [] };
  collect(part, factors, knowledge);
  return factors;
}

function collect(part: Part, factors: Factors, knowledge: Knowledge): void {
  const { graph, writer, hangsOnFolds, isOfRow } = knowledge;
  const { id, place } = part;
  if (!hangsOnFolds(id)) {
    factors.fixed.push(part);
    return;
  }
  if (isOfRow(place)) {
    factors.rows.push(part);
    return;
  }
  const node = nodeAt(graph, id);
  const also = (next: NodeId): void => collect({ id: next, place }, factors, knowledge);
  if (isView(node))
    return collect({ id: node.input, place: writer.through(id, node, place) }, factors, knowledge);
  if (node.kind === "binary" && node.op === "mul") [node.left, node.right].forEach(also);
  else if (node.kind === "binary" && node.op === "div") {
    also(node.left);
    divide({ id: node.right, place }, factors, knowledge);
  } else if (node.kind === "unary" && node.op === "exp") {
    const terms = termsOf({ id: node.input, place, sign: 1 }, knowledge);
    const isRow = (term: Term): boolean => hangsOnFolds(term.id);
    factors.exponents.push({ fixed: terms.filter((term) => !isRow(term)), rows: terms.filter(isRow) });
  } else if (node.kind === "select" && isZero(graph, node.no) && !hangsOnFolds(node.condition)) {
    factors.masks.push({ id: node.condition, place });
    also(node.yes);
  } else throw new Unfused(node, "it is no product of exponentials of its folds along that axis");
}

/** A divisor: one that is the same for the row, or one that hangs on no fold. */
function divide(part: Part, factors: Factors, { graph, writer, hangsOnFolds, isOfRow }: Knowledge): void {
  const { id, place } = throughViews(part, graph, writer);
  if (!hangsOnFolds(id)) factors.fixedBelow.push({ id, place });
  else if (isOfRow(place)) factors.rowsBelow.push({ id, place });
  else throw new Unfused(nodeAt(graph, id), "it divides by what differs along that axis");
}

/** A sum or difference as its terms. */
function termsOf(term: Term, knowledge: Knowledge): readonly Term[] {
  const { graph, writer, hangsOnFolds, isOfRow } = knowledge;
  const { id, place, sign } = term;
  if (!hangsOnFolds(id) || isOfRow(place)) return [term];
  const node = nodeAt(graph, id);
  const other = sign === 1 ? -1 : 1;
  if (isView(node))
    return termsOf({ id: node.input, place: writer.through(id, node, place), sign }, knowledge);
  if (node.kind === "unary" && node.op === "neg")
    return termsOf({ id: node.input, place, sign: other }, knowledge);
  if (node.kind === "binary" && (node.op === "add" || node.op === "sub"))
    return [
      ...termsOf({ id: node.left, place, sign }, knowledge),
      ...termsOf({ id: node.right, place, sign: node.op === "add" ? sign : other }, knowledge),
    ];
  throw new Unfused(node, "in an exponential, folds along that axis can be added and subtracted only");
}

function throughViews(part: Part, graph: Graph, writer: RegionWriter): Part {
  const node = nodeAt(graph, part.id);
  if (!isView(node)) return part;
  const place = writer.through(part.id, node, part.place);
  return throughViews({ id: node.input, place }, graph, writer);
}

export function isView(node: GraphNode): node is ViewNode {
  const { kind } = node;
  return (
    kind === "reshape" || kind === "permute" || kind === "broadcast" || kind === "slice" || kind === "window"
  );
}

function isZero(graph: Graph, id: NodeId): boolean {
  const node = nodeAt(graph, id);
  if (node.kind === "fill") return node.value === 0;
  return isView(node) && readsOf(node).every((input) => isZero(graph, input));
}
