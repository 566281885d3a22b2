import type { FaultData } from "@tilebook/base";
import { type Graph, type NodeId, sizeOf } from "@tilebook/ir";
import { isPlace } from "../../lower/fold.ts";
import type { Target } from "../../program.ts";
import { contents, isRoot, mostOps, nodeAt, wordFor } from "../contents.ts";
import type { MapsWish } from "../group-maps.ts";
import { type Readers, readersOf } from "../readers.ts";
import { repeatsMuch } from "../repeats.ts";
import { neededFor, type Rows, rowsOf, type Where } from "./in-rows.ts";

/** Folds along the same rows, and what hangs on them element by element or row by row: one kernel, whose programs have whole rows. */
export interface RowGroup {
  readonly rows: Rows;
  /** In order. The kernel stands in the place of the last one. */
  readonly members: readonly NodeId[];
  /** What others read. */
  readonly results: readonly NodeId[];
}

/**
 * Which folds and maps are one kernel since they go along the same rows, as those of a softmax or of a norm: its programs walk their rows once for the folds
 * that hang on none, once more for those that hang on these, and so on, and a last time for the maps. What is between them, one number a row or as many as the tensor
 * has, is nowhere stored unless others want it. A group runs where its last member stands, so nobody else wants one of the others before.
 */
export function findRows(graph: Graph, wish: MapsWish): readonly RowGroup[] {
  const finder = new RowFinder(graph, wish);
  for (const id of wish.live) if (wish.stored.has(id) && wish.placeOf(id) === undefined) finder.add(id);
  return finder.groups();
}

interface Growing {
  readonly rows: Rows;
  readonly members: readonly NodeId[];
  /** Tensors of as many elements that it reads where they are computed, too. */
  readonly reads: ReadonlySet<NodeId>;
  /** Whether a member hangs on another one. */
  readonly hangs: boolean;
}

type Needed = readonly (readonly [NodeId, ReadonlySet<Where>])[];

class RowFinder {
  readonly #graph: Graph;
  readonly #wish: MapsWish;
  readonly #readers: Readers;
  readonly #growing: Growing[] = [];
  readonly #known = new Map<string, Needed>();

  constructor(graph: Graph, wish: MapsWish) {
    this.#graph = graph;
    this.#wish = wish;
    this.#readers = readersOf(graph, wish);
  }

  add(id: NodeId): void {
    const node = nodeAt(this.#graph, id);
    const own = node.kind === "reduce" && !isPlace(node.op) ? rowsOf(this.#graph, node) : undefined;
    if (own === undefined && isRoot(node)) return;
    for (const [at, group] of this.#growing.toReversed().entries()) {
      const joined = this.#join(group, id, own);
      if (joined === undefined) continue;
      this.#growing[this.#growing.length - 1 - at] = joined;
      return;
    }
    if (own === undefined || !isWorthIt(own, this.#wish.target)) return;
    const { reads } = this.#lookAt({ rows: own, members: [], reads: new Set(), hangs: false }, id, "row");
    this.#growing.push({ rows: own, members: [id], reads, hangs: false });
  }

  groups(): readonly RowGroup[] {
    return this.#growing
      .filter(({ hangs }) => hangs)
      .map(({ rows, members }) => ({ rows, members, results: this.#results(members) }));
  }

  /** The group with one more member: that hangs on others of it, or is a fold of what they read. */
  #join(group: Growing, id: NodeId, own: Rows | undefined): Growing | undefined {
    const { rows } = group;
    if (own !== undefined && (own.count !== rows.count || own.length !== rows.length)) return undefined;
    const size = sizeOf(nodeAt(this.#graph, id).type.shape);
    const where = size === rows.count * rows.length ? "element" : size === rows.count ? "row" : "elsewhere";
    if (where === "elsewhere" || (own !== undefined && where === "element")) return undefined;
    const { hangs, isInPlace, reads } = this.#lookAt(group, id, where);
    const shares = own !== undefined && [...reads].some((read) => group.reads.has(read));
    if (!isInPlace || !(hangs || shares)) return undefined;
    const members = [...group.members, id];
    if (this.#isWantedBefore(group.members, id) || !this.#fits(members)) return undefined;
    return { rows, members, reads: new Set([...group.reads, ...reads]), hangs: group.hangs || hangs };
  }

  /** Whether a node hangs on members, all of them where they are computed; and the tensors that it reads element by element. */
  #lookAt(
    { rows, members }: Growing,
    id: NodeId,
    where: Where,
  ): { readonly hangs: boolean; readonly isInPlace: boolean; readonly reads: ReadonlySet<NodeId> } {
    const needed = this.#needed(id, where, rows);
    const own = needed.filter(([at]) => members.includes(at));
    const isInPlace = own.every(([at, places]) => places.size === 1 && places.has(this.#whereIs(at, rows)));
    const reads = needed.filter(([, places]) => places.has("element"));
    return { hangs: own.length > 0, isInPlace, reads: new Set(reads.map(([at]) => at)) };
  }

  /** The tensors that a node reads, and where. */
  #needed(id: NodeId, where: Where, rows: Rows): Needed {
    const key = `${id} ${where} ${rows.count} ${rows.length}`;
    const { stored } = this.#wish;
    const known =
      this.#known.get(key) ??
      [...neededFor(this.#graph, { id, where, rows }, (at) => stored.has(at))].filter(
        ([at]) => at !== id && stored.has(at),
      );
    this.#known.set(key, known);
    return known;
  }

  #whereIs(id: NodeId, { count }: Rows): Where {
    return sizeOf(nodeAt(this.#graph, id).type.shape) === count ? "row" : "element";
  }

  #isWantedBefore(members: readonly NodeId[], id: NodeId): boolean {
    const { placeOf } = this.#wish;
    return members.some((member) =>
      this.#othersThatRead(member, members).some((reader) => (placeOf(reader) ?? reader) < id),
    );
  }

  #fits(members: readonly NodeId[]): boolean {
    const { stored, target } = this.#wish;
    const read = new Set([...stored].filter((id) => !members.includes(id)));
    const all = members.map((id) => contents(this.#graph, id, read));
    const buffers = new Set(all.flatMap((one) => [...one.buffers]));
    const ops = new Set(all.flatMap((one) => [...one.ops]));
    const fits = buffers.size + this.#results(members).length <= target.storageBuffers;
    return fits && ops.size <= mostOps && !repeatsMuch(this.#graph, members, read);
  }

  #results(members: readonly NodeId[]): readonly NodeId[] {
    const { outputs } = this.#wish;
    return members.filter((id) => outputs.includes(id) || this.#othersThatRead(id, members).length > 0);
  }

  #othersThatRead(id: NodeId, members: readonly NodeId[]): readonly NodeId[] {
    return (this.#readers.get(id) ?? []).filter((reader) => !members.includes(reader));
  }
}

/** Elements that one program walks without anybody waiting for it. */
const fewElements = 2 ** 14;
/** Rows that keep a device busy, a program each, or some of a processor's. */
const [enoughRows, enoughOfProcessor] = [64, 32];

/** Few long rows are better folded in parts. */
function isWorthIt({ count, length }: Rows, { processor }: Target): boolean {
  if (length < 2) return false;
  return count * length <= fewElements || count >= (processor === true ? enoughOfProcessor : enoughRows);
}

export function sayRows(graph: Graph, { rows, members }: RowGroup): FaultData {
  const last = nodeAt(graph, members.at(-1) ?? -1);
  const words = members.map((id) => wordFor(nodeAt(graph, id)));
  return {
    code: "fused/rows",
    message: `${words.join(", ")} are one kernel: a program has whole rows of the ${rows.count} × ${rows.length} numbers, and what is between them is nowhere stored`,
    ...(last.span === undefined ? {} : { span: last.span }),
  };
}
