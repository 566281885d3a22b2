import { Fault } from "@tilebook/base";
import { type Graph, isPacked, type NodeId, readsOf, sizeOf, type TensorType } from "@tilebook/ir";
import type { Layouts } from "./layouts.ts";
import { at, sameSbp, type Sbp } from "./sbp.ts";
import type { Signature } from "./signature.ts";
import { signaturesOf } from "./signatures.ts";

/**
 * All ways in which each node may be computed. Inputs lie as they do, and what is wished to lie in some way does. Whatever lies at one rank is computed there
 * (as operations of OneFlow stay on the placement of what they read); where it meets what lies elsewhere, at any rank that it, or who reads it, is
 * at, or as everything else. Constants are made where they are read. Of ways that cost the same the one at a
 * rank stands first: it keeps the others free. Faults `mesh/layout`.
 * @param near Where tensors at several ranks meet, only the rank where most bytes of them are already: for graphs whose every way is too many.
 */
export function candidatesOf(
  graph: Graph,
  layouts: Layouts,
  near: boolean = false,
): readonly (readonly Signature[])[] {
  const wanted = wantedAt(graph, layouts);
  const constants = constantsIn(graph);
  const found: (readonly Signature[])[] = [];
  /** Ranks where what each node reads may be. */
  const above: ReadonlySet<number>[] = [];
  graph.nodes.forEach((node, id) => {
    const reads = readsOf(node);
    const ranksAbove = new Set(reads.flatMap((read) => [...(above[read] ?? [])]));
    const given = givenOf(graph, id, layouts);
    const varying = reads.filter((read) => !constants.has(read));
    const lies = varying.map((read) => (found[read] ?? []).map(({ output }) => output));
    const only =
      onlyRank(lies.flat()) ?? (near ? nearest(graph, varying, { lies, wanted: wanted[id] }) : undefined);
    const free = constants.has(id) ? [] : [...new Set([...ranksAbove, ...(wanted[id] ?? [])])];
    if (given !== undefined) found.push(given);
    else if (only !== undefined) found.push([allAt(reads.length, only)]);
    else
      found.push([
        ...free.map((rank) => allAt(reads.length, rank)),
        ...signaturesOf(graph, id, layouts.ranks),
      ]);
    above.push(new Set((found[id] ?? []).flatMap(({ output }) => rankIn(output))));
  });
  return found;
}

/** The signatures of a node whose layout is not to be chosen freely. */
function givenOf(graph: Graph, id: NodeId, layouts: Layouts): readonly Signature[] | undefined {
  const node = graph.nodes[id];
  if (node?.kind === "input") {
    const lies = layouts.inputs(node.tensor);
    return lies.map((output) => ({ inputs: [], output: known(output, layouts.ranks) }));
  }
  if (node?.kind !== "reshape" || node.placed?.layout === undefined) return undefined;
  const output = checked(node.placed.layout, node.type, layouts.ranks);
  return [{ inputs: [output], output }];
}

/** By node, the ranks at which those who read it are wished. */
function wantedAt(graph: Graph, layouts: Layouts): readonly ReadonlySet<number>[] {
  const wanted = graph.nodes.map(() => new Set<number>());
  const want = (id: NodeId, ranks: Iterable<number>): void => {
    for (const rank of ranks) wanted[id]?.add(rank);
  };
  graph.outputs.forEach((id, place) => {
    const output = layouts.outputs?.[place];
    if (output === undefined) return;
    const lies = output.kind === "as" ? layouts.inputs(output.tensor) : [output];
    want(
      id,
      lies.flatMap((sbp) => rankIn(known(sbp, layouts.ranks))),
    );
  });
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id];
    if (node === undefined) continue;
    const [given] = givenOf(graph, id, layouts) ?? [];
    const ranks = given === undefined ? (wanted[id] ?? []) : rankIn(given.output);
    for (const read of readsOf(node)) want(read, ranks);
  }
  return wanted;
}

/** The rank at which all of these are; nothing where one may be elsewhere, or there are none. */
function onlyRank(outputs: readonly Sbp[]): number | undefined {
  const [first] = outputs;
  const alike = first !== undefined && outputs.every((output) => sameSbp(output, first));
  return alike && first.kind === "at" ? first.rank : undefined;
}

/** Of the ranks where what is read lies, that with most bytes of it, and of equals one that readers are wished at; nothing where something may lie otherwise. */
function nearest(
  graph: Graph,
  reads: readonly NodeId[],
  {
    lies,
    wanted,
  }: { readonly lies: readonly (readonly Sbp[])[]; readonly wanted?: ReadonlySet<number> | undefined },
): number | undefined {
  const bytes = new Map<number, number>();
  for (const [place, outputs] of lies.entries()) {
    const [first, ...others] = outputs;
    if (first?.kind !== "at" || others.length > 0) return undefined;
    const size = sizeOf(graph.nodes[reads[place] ?? -1]?.type.shape ?? []);
    bytes.set(first.rank, (bytes.get(first.rank) ?? 0) + size);
  }
  const score = ([rank, size]: readonly [number, number]): number =>
    size + (wanted?.has(rank) === true ? 0.5 : 0);
  return [...bytes].toSorted((a, b) => score(b) - score(a))[0]?.[0];
}

/** What depends on no input: everyone makes it where it is read, for no bytes. */
function constantsIn({ nodes }: Graph): ReadonlySet<NodeId> {
  const constants = new Set<NodeId>();
  nodes.forEach((node, id) => {
    const reads = readsOf(node);
    const made = node.kind === "fill" || node.kind === "iota" || reads.length > 0;
    if (made && reads.every((read) => constants.has(read))) constants.add(id);
  });
  return constants;
}

function allAt(inputs: number, rank: number): Signature {
  return { inputs: Array.from({ length: inputs }, () => at(rank)), output: at(rank) };
}

function rankIn(sbp: Sbp): number[] {
  return sbp.kind === "at" ? [sbp.rank] : [];
}

function known(sbp: Sbp, ranks: number): Sbp {
  if (sbp.kind === "at" && sbp.rank >= ranks)
    throw new Fault("mesh/layout", `there is no rank ${sbp.rank} among ${ranks}`);
  return sbp;
}

/** A layout that is wished for, if the group can have it. */
function checked(sbp: Sbp, { dtype, shape }: TensorType, ranks: number): Sbp {
  if (sbp.kind !== "split") return known(sbp, ranks);
  const size = shape[sbp.axis] ?? 0;
  if (size < ranks)
    throw new Fault("mesh/layout", `an axis of ${size} cannot be cut for ${ranks} ranks`, {
      hint: "cut a longer axis, or use fewer ranks",
    });
  if (isPacked(dtype))
    throw new Fault("mesh/layout", `a tensor of ${dtype} cannot be cut: its elements share bytes`);
  return sbp;
}
