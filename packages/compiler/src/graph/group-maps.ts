import { type Graph, type GraphNode, type NodeId, readsOf, sizeOf } from "@tilebook/ir";
import type { Target } from "../program.ts";
import { contents, isRoot, mostOps, nodeAt } from "./contents.ts";
import { type Readers, readersOf } from "./readers.ts";
import { repeatsMuch } from "./repeats.ts";

/** What is known of a graph before its maps are put together. */
export interface MapsWish {
  readonly live: readonly NodeId[];
  readonly stored: ReadonlySet<NodeId>;
  /** In whose place a kernel of another kind runs that has this node as a result. */
  readonly placeOf: (id: NodeId) => NodeId | undefined;
  /** What that kernel reads, where it does not go by what is stored. */
  readonly readsAt: (id: NodeId) => readonly NodeId[] | undefined;
  readonly outputs: readonly NodeId[];
  readonly target: Target;
}

/** Maps that are one kernel. */
export interface MapGroup {
  /** What others read, in order. */
  readonly results: readonly NodeId[];
  /** What none but the results need. */
  readonly inner: readonly NodeId[];
}

/** The maps of a kernel, in order, and all that it reads and computes. */
interface Group {
  readonly members: readonly NodeId[];
  readonly touched: ReadonlySet<NodeId>;
}

/**
 * Which maps are one kernel with several results: of as many elements each, where they read the same tensor of that size, or one
 * reads the other at the same place. So the step of an optimiser reads the gradient once. A group runs where its last result
 * stands, so nobody wants one of the others before.
 */
export function groupMaps(graph: Graph, wish: MapsWish): readonly MapGroup[] {
  const maps = new Maps(graph, wish);
  const bySize = new Map<number, Group[]>();
  for (const id of wish.live) {
    if (!wish.stored.has(id) || wish.placeOf(id) !== undefined || isRoot(nodeAt(graph, id))) continue;
    const size = sizeOf(nodeAt(graph, id).type.shape);
    const groups = bySize.get(size) ?? [];
    bySize.set(size, groups);
    const joined = groups.map((group) => maps.join(group, id));
    const at = joined.findLastIndex((group) => group !== undefined);
    const group = joined[at];
    if (group === undefined) groups.push(maps.groupOf([id]));
    else groups[at] = group;
  }
  const all = [...bySize.values()].flat().filter(({ members }) => members.length > 1);
  return all.map(({ members }) => {
    const results = maps.results(members);
    return { results, inner: members.filter((id) => !results.includes(id)) };
  });
}

class Maps {
  readonly #graph: Graph;
  readonly #wish: MapsWish;
  readonly #readers: Readers;

  constructor(graph: Graph, wish: MapsWish) {
    this.#graph = graph;
    this.#wish = wish;
    this.#readers = readersOf(graph, wish);
  }

  groupOf(members: readonly NodeId[]): Group {
    const { stored } = this.#wish;
    const read = members.flatMap((id) => [...contents(this.#graph, id, stored).buffers]);
    return { members, touched: new Set([...read, ...members]) };
  }

  /** Those that others want. */
  results(members: readonly NodeId[]): readonly NodeId[] {
    return members.filter(
      (id) => this.#wish.outputs.includes(id) || this.#othersThatRead(id, members).length > 0,
    );
  }

  /** The group with one more member, if that is a kernel that the device binds and that reads less than two. */
  join({ members, touched }: Group, id: NodeId): Group | undefined {
    const isBefore = (reader: NodeId): boolean => (this.#wish.placeOf(reader) ?? reader) < id;
    if (members.some((member) => this.#othersThatRead(member, members).some(isBefore))) return undefined;
    const size = this.#sizeAt(id);
    const shared = [...this.groupOf([id]).touched].filter((read) => touched.has(read));
    const isInPlace = (read: NodeId): boolean => isReadInPlace(this.#graph, id, read, this.#wish.stored);
    if (!shared.some((read) => this.#sizeAt(read) === size && isInPlace(read))) return undefined;
    if (!shared.every((read) => !members.includes(read) || isInPlace(read))) return undefined;
    const group = this.groupOf([...members, id]);
    return this.#fits(group) ? group : undefined;
  }

  #fits({ members, touched }: Group): boolean {
    const { stored, target } = this.#wish;
    const ops = new Set(members.flatMap((id) => [...contents(this.#graph, id, stored).ops]));
    const buffers = touched.size - members.length + this.results(members).length;
    return (
      buffers <= target.storageBuffers && ops.size <= mostOps && !repeatsMuch(this.#graph, members, stored)
    );
  }

  #othersThatRead(id: NodeId, members: readonly NodeId[]): readonly NodeId[] {
    return (this.#readers.get(id) ?? []).filter((reader) => !members.includes(reader));
  }

  #sizeAt(id: NodeId): number {
    return sizeOf(nodeAt(this.#graph, id).type.shape);
  }
}

/** Whether the elements of `read` that an element of `id` needs are that at the same place alone. */
export function isReadInPlace(graph: Graph, id: NodeId, read: NodeId, stored: ReadonlySet<NodeId>): boolean {
  const moved = new Set<NodeId>();
  const stayed = new Set<NodeId>();
  const visit = (at: NodeId, isMoved: boolean): void => {
    const seen = isMoved ? moved : stayed;
    if (seen.has(at)) return;
    seen.add(at);
    if (at !== id && (at === read || stored.has(at))) return;
    const node = nodeAt(graph, at);
    for (const next of readsOf(node))
      visit(next, isMoved || !(staysInPlace(node) || (isLookUp(graph, node) && next === node.index)));
  };
  visit(id, false);
  return !moved.has(read);
}

/** Whether it takes from a vector, by a code each: then the codes are read at the same places. */
export function isLookUp(graph: Graph, node: GraphNode): node is GraphNode & { readonly kind: "take" } {
  return (
    node.kind === "take" && nodeAt(graph, node.input).type.shape.length === 1 && node.input !== node.index
  );
}

/** Whether each element is made of those at the same place of what it reads. */
export function staysInPlace({ kind }: GraphNode): boolean {
  return kind === "unary" || kind === "binary" || kind === "select" || kind === "cast" || kind === "reshape";
}
