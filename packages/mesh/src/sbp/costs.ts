import { bitsOf, type Graph, type NodeId, readsOf, sizeOf } from "@tilebook/ir";
import { boxingBytes, canBox } from "./boxing.ts";
import { candidatesOf } from "./candidates.ts";
import { type Sbp, sameSbp, sayOf } from "./sbp.ts";
import type { Layouts, Wanted } from "./layouts.ts";
import type { Signature } from "./signature.ts";
import { workOf } from "./work.ts";

/** Someone who wants a tensor in a layout. */
type Want =
  | { readonly kind: "reader"; readonly node: NodeId; readonly place: number }
  | { readonly kind: "as"; readonly node: NodeId }
  | { readonly kind: "fixed"; readonly sbp: Sbp };

/** Only tells those apart that cost the same otherwise. */
const leastOfAll = 1e-9;

type SignatureOf = (node: NodeId) => Signature | undefined;

/** What the nodes of a graph cost, by their signatures. Each tensor is boxed once for all readers that want it alike. */
export class Costs {
  /** All signatures that each node may have. */
  readonly candidates: readonly (readonly Signature[])[];
  readonly #graph: Graph;
  readonly #layouts: Layouts;
  readonly #wants: readonly Want[][];

  /** @param near As of `candidatesOf`. */
  constructor(graph: Graph, layouts: Layouts, near: boolean = false) {
    this.#graph = graph;
    this.#layouts = layouts;
    this.candidates = candidatesOf(graph, layouts, near);
    this.#wants = wantsIn(graph, layouts.outputs ?? []);
  }

  /** The other nodes on whose signatures a node's cost depends. */
  readersOf(id: NodeId): readonly NodeId[] {
    const nodes = (this.#wants[id] ?? []).flatMap((want) => (want.kind === "fixed" ? [] : [want.node]));
    return [...new Set(nodes)].filter((node) => node !== id);
  }

  /** Bytes and work of one node; readers without a signature want nothing of it. Infinity where that cannot be. */
  of(id: NodeId, signatureOf: SignatureOf): number {
    const signature = signatureOf(id);
    if (signature === undefined) return 0;
    const { ranks, operationsPerByte = Infinity } = this.#layouts;
    const work = workOf(this.#graph, id, signature, ranks) / operationsPerByte;
    return work + this.#moved(id, signatureOf) + this.#brought(id, signature);
  }

  #brought(id: NodeId, { output }: Signature): number {
    const node = this.#graph.nodes[id];
    if (node?.kind !== "input" || this.#layouts.brought?.(node.tensor) !== true) return 0;
    const copies = output.kind === "broadcast" ? this.#layouts.ranks : 1;
    return (leastOfAll * copies * sizeOf(node.type.shape) * bitsOf(node.type.dtype)) / 8;
  }

  bytes(signatures: readonly Signature[]): number {
    return this.#sum((id) => this.#moved(id, (node) => signatures[node]));
  }

  total(signatures: readonly Signature[]): number {
    return this.#sum((id) => this.of(id, (node) => signatures[node]));
  }

  picked(choices: readonly number[]): readonly Signature[] {
    return this.candidates.map((all, id) => {
      const signature = all[choices[id] ?? 0];
      if (signature === undefined) throw new RangeError(`node ${id} has no such signature`);
      return signature;
    });
  }

  /** Bytes that bring a node's tensor to all who want it. */
  #moved(id: NodeId, signatureOf: SignatureOf): number {
    const type = this.#graph.nodes[id]?.type;
    const from = signatureOf(id)?.output;
    if (type === undefined || from === undefined) return 0;
    // What a kernel gives is taken where it runs.
    const stays = this.#graph.nodes[id]?.kind === "tileCall";
    const bytes = (sizeOf(type.shape) * bitsOf(type.dtype)) / 8;
    const seen = new Set<string>();
    let moved = 0;
    for (const want of this.#wants[id] ?? []) {
      const to = layoutOf(want, signatureOf);
      if (to === undefined || sameSbp(to, from) || seen.has(sayOf(to))) continue;
      seen.add(sayOf(to));
      if (stays || !canBox(from, to)) return Infinity;
      moved += boxingBytes(from, to, bytes, this.#layouts.ranks);
    }
    return moved;
  }

  #sum(costOf: (id: NodeId) => number): number {
    return this.#graph.nodes.reduce((sum, _, id) => sum + costOf(id), 0);
  }
}

function layoutOf(want: Want, signatureOf: SignatureOf): Sbp | undefined {
  if (want.kind === "fixed") return want.sbp;
  const signature = signatureOf(want.node);
  return want.kind === "as" ? signature?.output : signature?.inputs[want.place];
}

function wantsIn(graph: Graph, outputs: readonly Wanted[]): readonly Want[][] {
  const wants = graph.nodes.map((): Want[] => []);
  graph.nodes.forEach((node, id) => {
    readsOf(node).forEach((read, place) => wants[read]?.push({ kind: "reader", node: id, place }));
  });
  graph.outputs.forEach((output, place) => {
    const wanted = outputs[place];
    if (wanted === undefined) return;
    if (wanted.kind !== "as") return wants[output]?.push({ kind: "fixed", sbp: wanted });
    const input = graph.nodes.findIndex((node) => node.kind === "input" && node.tensor === wanted.tensor);
    wants[output]?.push({ kind: "as", node: input });
  });
  return wants;
}
