import { type Graph, type GraphNode, type NodeId, type ReduceNode, readsOf, sizeOf } from "@tilebook/ir";
import { nodeAt } from "../contents.ts";
import { staysInPlace } from "../group-maps.ts";

/** So many rows of so many elements each. */
export interface Rows {
  readonly count: number;
  readonly length: number;
}

/**
 * What of a node an element of a row's result needs: the element at the same place, the one number of the same row, or anything else.
 */
export type Where = "element" | "row" | "elsewhere";

/** The rows that a fold goes along: where each is one stretch of memory. */
export function rowsOf(graph: Graph, { input, axis }: ReduceNode): Rows | undefined {
  const { shape } = nodeAt(graph, input).type;
  const isLast = shape.slice(axis + 1).every((size) => size === 1);
  return isLast ? { count: sizeOf(shape.slice(0, axis)), length: shape[axis] ?? 1 } : undefined;
}

/**
 * Everything that is computed on the way to `id`, which is at `where` itself, and where it is needed. It does not go on behind those where `stops` says so.
 */
export function neededFor(
  graph: Graph,
  { id, where, rows }: { readonly id: NodeId; readonly where: Where; readonly rows: Rows },
  stops: (id: NodeId) => boolean,
): ReadonlyMap<NodeId, ReadonlySet<Where>> {
  const needed = new Map<NodeId, Set<Where>>();
  const stack: { readonly at: NodeId; readonly now: Where }[] = [{ at: id, now: where }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { at, now } = next;
    const known = needed.get(at) ?? new Set();
    if (known.has(now)) continue;
    needed.set(at, known.add(now));
    if (at !== id && stops(at)) continue;
    const node = nodeAt(graph, at);
    for (const read of readsOf(node))
      stack.push({ at: read, now: through(graph, { node, read, rows }, now) });
  }
  return needed;
}

interface Step {
  readonly node: GraphNode;
  readonly read: NodeId;
  readonly rows: Rows;
}

function through(graph: Graph, { node, read, rows }: Step, where: Where): Where {
  if (staysInPlace(node)) return where;
  if (node.kind === "reduce") return where === "row" ? "element" : "elsewhere";
  if (node.kind !== "broadcast") return "elsewhere";
  const { shape } = nodeAt(graph, read).type;
  if (sizeOf(shape) === sizeOf(node.type.shape)) return where;
  return where === "element" && repeatsAlongRows(shape, node.type.shape, rows) ? "row" : "elsewhere";
}

/** Whether a number for each row becomes that of all elements of the row. */
function repeatsAlongRows(from: readonly number[], to: readonly number[], { length }: Rows): boolean {
  const last = from.findLastIndex((size, axis) => size === to[axis] && size !== 1);
  const [lead, inner] = [to.slice(0, last + 1), to.slice(last + 1)];
  return lead.every((size, axis) => size === from[axis]) && sizeOf(inner) === length;
}
