import { Fault } from "@tilebook/base";
import {
  type DType,
  type Graph,
  type NodeId,
  type ReduceNode,
  sizeOf,
  valueDType,
  type ValueId,
} from "@tilebook/ir";
import { nodeAt, wordFor } from "../contents.ts";
import { type Generated, type Place, RegionWriter } from "../expression.ts";
import { accumulates, foldAcross, parted, startValues, step } from "../reduce.ts";
import type { RowGroup } from "./find-rows.ts";
import { neededFor } from "./in-rows.ts";

export interface RowBlock {
  /** Rows of a program. */
  readonly rows: number;
  /** Elements of each of them that it has at a time. */
  readonly columns: number;
  /** Whether a row is no longer than that: then it is read once. */
  readonly whole: boolean;
}

interface Fold {
  readonly id: NodeId;
  readonly node: ReduceNode;
}

/** The elements of the program's rows that a turn has. */
interface Turn {
  /** i32 [1, columns]. */
  readonly index: ValueId;
  readonly mask: ValueId;
  /** By shape. */
  readonly places: Map<string, Place>;
}

/**
 * A kernel for a group: each program has some rows, and walks them once for each level of folds, and once for the maps. Buffers: what they read, then the
 * results in order. Grid (rows / block.rows).
 */
export function rowKernel(
  graph: Graph,
  group: RowGroup,
  { stored, block }: { readonly stored: ReadonlySet<NodeId>; readonly block: RowBlock },
): Generated {
  return new RowWriter(graph, group, stored, block).write();
}

class RowWriter {
  readonly #graph: Graph;
  readonly #group: RowGroup;
  readonly #block: RowBlock;
  readonly #writer: RegionWriter;
  readonly #folded = new Map<NodeId, ValueId>();
  /** i32 [rows, 1], and whether they are there. */
  readonly #row: ValueId;
  readonly #rowMask: ValueId;
  readonly #rowStart: ValueId;
  /** What has a buffer and is read from it. */
  readonly #read: ReadonlySet<NodeId>;
  readonly #length: ValueId;
  /** Coordinates of a row along the axes before it, by the sizes of these. */
  readonly #leads: ReadonlyMap<string, readonly ValueId[] | undefined>;
  readonly #whole: Turn | undefined;

  constructor(graph: Graph, group: RowGroup, stored: ReadonlySet<NodeId>, block: RowBlock) {
    this.#graph = graph;
    this.#group = group;
    this.#block = block;
    const { members, rows } = group;
    const last = nodeAt(graph, members.at(-1) ?? -1);
    const about = { name: nameOf(graph, group), tile: [block.rows, block.columns], span: last.span };
    const read = new Set([...stored].filter((id) => !members.includes(id)));
    this.#read = read;
    const writer = new RegionWriter(graph, read, about);
    this.#writer = writer;
    const { b, note } = writer;
    this.#length = writer.scalar("length", rows.length, "i32");
    const first = b.binary("mul", b.programId(0, note), b.const(block.rows, "i32", note), note);
    const own = b.reshape(b.arange(0, block.rows, note), [block.rows, 1], note);
    this.#row = writer.binary("add", own, first);
    this.#rowMask = writer.binary("lt", this.#row, writer.scalar("rows", rows.count, "i32"));
    this.#rowStart = writer.binary("mul", this.#row, this.#length);
    writer.inner = (id) => this.#foldOf(id);
    this.#leads = new Map(this.#shapes().map((shape) => [shape.join(), this.#leadOf(shape)]));
    this.#whole = block.whole ? this.#turn(b.const(0, "i32", note)) : undefined;
  }

  #foldOf(id: NodeId): ValueId {
    const folded = this.#folded.get(id);
    if (folded !== undefined) return folded;
    const { kind, span } = nodeAt(this.#graph, id);
    throw new Fault("internal/rows", `a ${kind} is read before it is folded`, { span });
  }

  write(): Generated {
    const { results } = this.#group;
    for (const folds of this.#levels()) this.#fold(folds);
    const writer = this.#writer;
    const narrow = results.flatMap((id) => (this.#isWide(id) ? [] : [{ id, value: this.#narrow(id) }]));
    const wide = results.filter((id) => this.#isWide(id));
    let pointers = new Map<NodeId, ValueId>();
    if (wide.length > 0)
      this.#walk([], (turn) => {
        const values = wide.map((id) => writer.full(this.#valueAt(id, turn)));
        // Behind all that is read.
        pointers = this.#pointers();
        for (const [at, id] of wide.entries())
          this.#storeWide(pointers.get(id) ?? -1, values[at] ?? -1, turn);
        return [];
      });
    else pointers = this.#pointers();
    const [offset, mask] = [this.#row, this.#rowMask];
    for (const { id, value } of narrow)
      writer.b.store({ pointer: pointers.get(id) ?? -1, offset, value, mask }, writer.note);
    return writer.finish();
  }

  /** Of the results. */
  #pointers(): Map<NodeId, ValueId> {
    const { results } = this.#group;
    return new Map(
      results.map((id, at) => {
        const name = results.length === 1 ? "out" : `out${at}`;
        return [id, this.#writer.b.pointer(name, nodeAt(this.#graph, id).type.dtype)];
      }),
    );
  }

  /** Of all that is computed element by element. */
  #shapes(): readonly (readonly number[])[] {
    return this.#group.members.flatMap((id) => {
      const node = nodeAt(this.#graph, id);
      const wide = node.kind === "reduce" ? node.input : id;
      return this.#isWide(wide) ? [nodeAt(this.#graph, wide).type.shape] : [];
    });
  }

  /** Folds that hang on none of the group, then those that hang on these alone, and so on. */
  #levels(): readonly (readonly Fold[])[] {
    const levels = new Map<NodeId, number>();
    const found: Fold[][] = [];
    const { rows, members } = this.#group;
    for (const id of members) {
      const node = nodeAt(this.#graph, id);
      const needed = neededFor(this.#graph, { id, where: "row", rows }, (at) => this.#read.has(at));
      const before = [...needed.keys()].flatMap((at) => levels.get(at) ?? []);
      if (node.kind !== "reduce") continue;
      const level = Math.max(-1, ...before) + 1;
      levels.set(id, level);
      (found[level] ??= []).push({ id, node });
    }
    return found;
  }

  #turn(first: ValueId): Turn {
    const { b, note } = this.#writer;
    const { columns } = this.#block;
    const along = b.reshape(b.arange(0, columns, note), [1, columns], note);
    const index = this.#writer.binary("add", along, first);
    return { index, mask: this.#writer.binary("lt", index, this.#length), places: new Map() };
  }

  /** Goes along the rows; with all of them at once there is one turn. */
  #walk(
    inits: readonly ValueId[],
    body: (turn: Turn, carried: readonly ValueId[]) => readonly ValueId[],
  ): readonly ValueId[] {
    if (this.#whole !== undefined) return body(this.#whole, inits);
    const { b, note } = this.#writer;
    const head = {
      lower: b.const(0, "i32", note),
      upper: this.#length,
      step: this.#block.columns,
      indexLabel: "i",
      ...note,
    };
    return b.forLoop(
      head,
      inits.map((init) => ({ init, label: "total" })),
      (first, carried) => body(this.#turn(first), carried),
    );
  }

  #fold(folds: readonly Fold[]): void {
    const writer = this.#writer;
    const { b, note } = writer;
    const kinds = folds.map(({ node }) => ({ node, dtype: accumulates(this.#graph, node) }));
    const inits = kinds.map(({ node, dtype }) => startValues(writer, node.op, dtype));
    const ends = this.#walk(inits.flat(), (turn, carried) =>
      parted(carried, inits).flatMap((totals, at) => {
        const { node, dtype } = kinds[at] ?? {};
        const [start] = inits[at] ?? [];
        if (node === undefined || dtype === undefined || start === undefined) return [];
        const value = writer.full(this.#valueAt(node.input, turn));
        const yes = b.typeOf(value).dtype === dtype ? value : b.cast(value, dtype, note);
        const inside = b.select({ condition: writer.full(turn.mask), yes, no: start }, note);
        return step(writer, node.op, totals, { value: inside, index: turn.index });
      }),
    );
    for (const [at, totals] of parted(ends, inits).entries()) {
      const fold = folds[at];
      if (fold !== undefined) this.#folded.set(fold.id, this.#across(fold.node, totals));
    }
  }

  /** What the elements of each row fold to, [rows, 1]. */
  #across(node: ReduceNode, totals: readonly ValueId[]): ValueId {
    const { b, note } = this.#writer;
    const { best } = foldAcross(this.#writer, node.op, totals, 1);
    const folded = b.reshape(best, [this.#block.rows, 1], note);
    const dtype: DType = valueDType(node.type.dtype);
    return b.typeOf(folded).dtype === dtype ? folded : b.cast(folded, dtype, note);
  }

  #valueAt(id: NodeId, turn: Turn): ValueId {
    const { shape } = nodeAt(this.#graph, id).type;
    return this.#writer.valueAt(id, this.#wideAt(shape, turn));
  }

  /** Where a turn's elements lie in a tensor of this shape. */
  #wideAt(shape: readonly number[], { index, mask, places }: Turn): Place {
    const key = shape.join();
    const known = places.get(key);
    if (known !== undefined) return known;
    const writer = this.#writer;
    const flat = writer.binary("add", this.#rowStart, index);
    const coordinates = this.#coordinates(shape, index);
    const place = writer.place(shape, { flat, ...(coordinates === undefined ? {} : { coordinates }) }, [
      this.#rowMask,
      mask,
    ]);
    places.set(key, place);
    return place;
  }

  /** Where one axis goes along the rows. */
  #coordinates(shape: readonly number[], index: ValueId): readonly ValueId[] | undefined {
    const lead = this.#leads.get(shape.join());
    if (lead === undefined) return undefined;
    return shape.map((_, axis) => lead[axis] ?? (axis === lead.length ? index : this.#writer.zero()));
  }

  /** The coordinates of a row along the axes before the one that goes along it. */
  #leadOf(shape: readonly number[]): readonly ValueId[] | undefined {
    const axis = shape.findLastIndex((size) => size !== 1);
    if (shape[axis] !== this.#group.rows.length) return undefined;
    const lead = shape.slice(0, axis);
    const writer = this.#writer;
    return writer.coordinatesOf(writer.place(lead, { flat: this.#row }), `lead${shape.join("_")}`);
  }

  #isWide(id: NodeId): boolean {
    return sizeOf(nodeAt(this.#graph, id).type.shape) !== this.#group.rows.count;
  }

  #storeWide(pointer: ValueId, value: ValueId, turn: Turn): void {
    const writer = this.#writer;
    const offset = writer.full(writer.binary("add", this.#rowStart, turn.index));
    const mask = writer.full(writer.binary("and", this.#rowMask, turn.mask));
    writer.b.store({ pointer, offset, value, mask }, writer.note);
  }

  #narrow(id: NodeId): ValueId {
    const writer = this.#writer;
    const { shape } = nodeAt(this.#graph, id).type;
    const place = writer.place(shape, { flat: this.#row }, [this.#rowMask]);
    return writer.spreadTo(this.#folded.get(id) ?? writer.valueAt(id, place), [this.#block.rows, 1]);
  }
}

/** Of a name. */
const mostWords = 6;

function nameOf(graph: Graph, { members }: RowGroup): string {
  const words = members.slice(0, mostWords).map((id) => wordFor(nodeAt(graph, id)));
  return `rows_${words.join("_")}`;
}
