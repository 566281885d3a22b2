import { type Graph, type GraphNode, type NodeId, readsOf } from "@tilebook/ir";
import { behind, computes, isName, nodeAt } from "./contents.ts";

/** A kernel that would write more operations than this once more is split: its text would be slow to compile. */
const mostRepeated = 24;

/**
 * Whether a kernel for these nodes would write many operations several times. A map that is wanted at several places, as by slices of it, is
 * written for each; where such maps hang on each other their number doubles with each, so this counts no further than it has to.
 */
export function repeatsMuch(graph: Graph, roots: readonly NodeId[], stored: ReadonlySet<NodeId>): boolean {
  const places = new Map<string, number>();
  const seen = new Set<string>();
  const once = new Set<NodeId>();
  const stack = roots.map((id) => ({ id, place: 0 }));
  let repeated = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { id, place } = next;
    const key = `${id}@${place}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const node = nodeAt(graph, id);
    // Views are places alone, and cost their share.
    if (once.has(id)) repeated += computes(node) ? 1 : 1 / 4;
    if (repeated > mostRepeated) return true;
    once.add(id);
    if (stored.has(id) && !roots.includes(id)) continue;
    for (const [at, read] of readsOf(node).entries()) {
      const moved = `${key}/${at}`;
      const there = isMoved(graph, node, at) ? (places.get(moved) ?? places.size + 1) : place;
      if (there !== place) places.set(moved, there);
      // Products and folds on the way are computed once, wherever they are wanted.
      stack.push({ id: read, place: isOnTheWay(nodeAt(graph, read)) ? 0 : there });
    }
  }
  return false;
}

/** Whether the node reads this input elsewhere than where it is read itself. */
function isMoved(graph: Graph, node: GraphNode, input: number): boolean {
  const { kind } = node;
  if (kind === "paste") return input === 0;
  if (isName(graph, node)) return false;
  return !["unary", "binary", "select", "cast", "reduce"].includes(kind);
}

function isOnTheWay({ kind }: GraphNode): boolean {
  return kind === "reduce" || kind === "matmul";
}

/**
 * If a kernel for `root` would write much again: the last operation before it that is wanted at several places. Steps of which each
 * reads the one before at several places then are a kernel each.
 */
export function lastRepeated(graph: Graph, root: NodeId, stored: ReadonlySet<NodeId>): NodeId | undefined {
  if (!repeatsMuch(graph, [root], stored)) return undefined;
  const isBuffer = (id: NodeId): boolean => stored.has(id) && id !== root;
  const ways = new Map<NodeId, Set<string>>([[root, new Set([""])]]);
  // Readers have the greater numbers, so all ways to a node are known when its turn comes.
  for (const id of [...behind(graph, [root], isBuffer)].toSorted((a, b) => b - a)) {
    const own = ways.get(id) ?? new Set();
    if (isBuffer(id)) continue;
    const node = nodeAt(graph, id);
    if (own.size > 1 && computes(node)) return id;
    for (const [at, read] of readsOf(node).entries()) {
      const known = ways.get(read) ?? new Set();
      for (const way of own) known.add(isMoved(graph, node, at) ? `${way} ${id}/${at}` : way);
      ways.set(read, known);
    }
  }
  return undefined;
}
