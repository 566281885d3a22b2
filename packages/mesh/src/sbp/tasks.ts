import { type GraphNode, type NodeId, readsOf } from "@tilebook/ir";

/** What a rank computes at one go. */
export interface Cut {
  readonly members: readonly NodeId[];
  /** Those of them that are read outside of it. */
  readonly outputs: readonly NodeId[];
}

export interface Wants {
  /** By node: nodes of one unit are not torn apart. They stand together, but for what kernels give. */
  readonly units: readonly number[];
  /** Inputs that come from other ranks. */
  readonly receives: readonly NodeId[];
  /** In the order in which they are wanted elsewhere. */
  readonly sends: readonly NodeId[];
  readonly results: readonly NodeId[];
}

/**
 * Cuts what a rank computes into tasks, so that nothing waits for bytes that it does not need, and nothing that others wait for is behind what they do
 * not need. Units go into one task where they need the same receives and the same send is the first that needs them. A unit needs at
 * least the receives of those that it reads, and they are needed by its first send or an earlier one; so no two tasks need each other.
 */
export function cutIntoTasks(nodes: readonly GraphNode[], wants: Wants): readonly Cut[] {
  const live = liveNodes(nodes, wants);
  const needed = receivesOf(nodes, live, wants);
  const firsts = firstSends(nodes, live, wants);
  const groups = new Map<string, Group>();
  const groupOf = new Map<NodeId, Group>();
  for (const id of live) {
    if (nodes[id]?.kind === "input") continue;
    const unit = wants.units[id] ?? 0;
    const first = firsts.get(unit) ?? Infinity;
    const key = `${first}:${numberOf(needed, unit)}`;
    const group = groups.get(key) ?? { first, members: [] };
    group.members.push(id);
    groups.set(key, group);
    groupOf.set(id, group);
  }
  const outside = readOutside(nodes, groupOf, wants);
  return inOrder([...groups.values()], nodes, groupOf).flatMap(({ members }) => {
    const outputs = members.filter((id) => outside.has(id));
    return outputs.length === 0 ? [] : [{ members, outputs }];
  });
}

interface Group {
  readonly first: number;
  readonly members: NodeId[];
}

/** Nodes that lead to a send or a result, in order. */
function liveNodes(nodes: readonly GraphNode[], { sends, results }: Wants): readonly NodeId[] {
  const live = new Set<NodeId>([...sends, ...results]);
  for (let id = nodes.length - 1; id >= 0; id--) {
    const node = nodes[id];
    if (node !== undefined && live.has(id)) for (const read of readsOf(node)) live.add(read);
  }
  return [...live].toSorted((a, b) => a - b);
}

/** By unit, the receives without which it cannot be computed: bit n stands for receive n. */
function receivesOf(
  nodes: readonly GraphNode[],
  live: readonly NodeId[],
  { units, receives }: Wants,
): ReadonlyMap<number, bigint> {
  const bits = new Map(receives.map((id, index) => [id, 1n << BigInt(index)]));
  const needed = new Map<number, bigint>();
  for (const id of live) {
    const node = nodes[id];
    const unit = units[id] ?? 0;
    if (node === undefined) continue;
    let mine = (needed.get(unit) ?? 0n) | (bits.get(id) ?? 0n);
    for (const read of readsOf(node)) mine |= needed.get(units[read] ?? 0) ?? 0n;
    needed.set(unit, mine);
  }
  return needed;
}

/** By unit, the first send that needs it. */
function firstSends(
  nodes: readonly GraphNode[],
  live: readonly NodeId[],
  { units, sends }: Wants,
): ReadonlyMap<number, number> {
  const firsts = new Map<number, number>();
  const need = (id: NodeId, send: number): void => {
    const unit = units[id] ?? 0;
    firsts.set(unit, Math.min(firsts.get(unit) ?? Infinity, send));
  };
  sends.forEach((id, send) => need(id, send));
  for (const id of live.toReversed()) {
    const node = nodes[id];
    const first = firsts.get(units[id] ?? 0) ?? Infinity;
    if (node !== undefined) for (const read of readsOf(node)) need(read, first);
  }
  return firsts;
}

/** Equal sets have equal texts. */
function numberOf(needed: ReadonlyMap<number, bigint>, unit: number): string {
  return (needed.get(unit) ?? 0n).toString(36);
}

function readOutside(
  nodes: readonly GraphNode[],
  groupOf: ReadonlyMap<NodeId, Group>,
  { sends, results }: Wants,
): ReadonlySet<NodeId> {
  const outside = new Set<NodeId>([...sends, ...results]);
  for (const [id, group] of groupOf) {
    const node = nodes[id];
    if (node === undefined) continue;
    for (const read of readsOf(node)) {
      const source = nodes[read]?.kind;
      if (groupOf.get(read) !== group && source !== "fill" && source !== "iota") outside.add(read);
    }
  }
  return outside;
}

/** Each after those that it reads; what is sent first goes first, and else what was written first. */
function inOrder(
  groups: readonly Group[],
  nodes: readonly GraphNode[],
  groupOf: ReadonlyMap<NodeId, Group>,
): readonly Group[] {
  const sources = new Map(groups.map((group) => [group, sourcesOf(group, nodes, groupOf)]));
  const waiting = groups.toSorted((a, b) => a.first - b.first || (a.members[0] ?? 0) - (b.members[0] ?? 0));
  const done = new Set<Group>();
  while (waiting.length > 0) {
    const next = waiting.findIndex((group) =>
      [...(sources.get(group) ?? [])].every((source) => done.has(source)),
    );
    const [group] = waiting.splice(Math.max(0, next), 1);
    if (group !== undefined) done.add(group);
  }
  return [...done];
}

function sourcesOf(
  group: Group,
  nodes: readonly GraphNode[],
  groupOf: ReadonlyMap<NodeId, Group>,
): ReadonlySet<Group> {
  const sources = new Set<Group>();
  for (const id of group.members) {
    const node = nodes[id];
    for (const read of node === undefined ? [] : readsOf(node)) {
      const source = groupOf.get(read);
      if (source !== undefined && source !== group) sources.add(source);
    }
  }
  return sources;
}
