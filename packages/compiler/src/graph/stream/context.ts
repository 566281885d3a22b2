import { type Graph, type NodeId, readsOf, type ValueId } from "@tilebook/ir";
import { nodeAt } from "../contents.ts";
import { type Place, RegionWriter } from "../expression.ts";
import { type Axis, blockAxis } from "./axis.ts";
import type { Knowledge, Part } from "./factors.ts";
import type { StreamPart, Walk } from "./walk.ts";

/** The part of the result that a program makes, and how far it goes along the stream in a turn. */
export interface StreamBlock {
  readonly rows: number;
  readonly columns: number;
}

/** What is written, and what has a buffer. */
export interface StreamWish {
  readonly graph: Graph;
  /** What it results in, along the same rows and columns. */
  readonly parts: readonly [StreamPart, ...StreamPart[]];
  readonly stored: ReadonlySet<NodeId>;
  readonly block: StreamBlock;
  /** Of results that are stored otherwise, the views from each to what is stored. */
  readonly turned?: ReadonlyMap<NodeId, readonly NodeId[]> | undefined;
}

/** Which values of the folds are meant: those before this turn, those with it, or those of all turns. */
export type Moment = "before" | "now" | "done";

/** This turn's columns: as columns of a block, and as rows of what is multiplied. */
interface Columns {
  readonly across: Axis;
  readonly down: Axis;
}

/** Where the writing of a stream stands: its program's rows, this turn's columns, and what was computed in this turn. */
export class Context {
  readonly wish: StreamWish;
  readonly writer: RegionWriter;
  readonly knowledge: Knowledge;
  readonly batch: readonly ValueId[];
  readonly rows: Axis;
  moment: Moment = "now";
  #columns: Columns | undefined;
  readonly #hangs = new Map<NodeId, boolean>();
  /** Values of this turn, by node and place. */
  readonly #ofTurn = new Map<string, ValueId>();

  constructor(wish: StreamWish) {
    const { graph, parts, stored, block } = wish;
    const [{ root, walk }] = parts;
    this.wish = wish;
    const tile = [block.rows, block.columns];
    this.writer = new RegionWriter(graph, stored, { name: "flash", tile, span: nodeAt(graph, root).span });
    this.knowledge = {
      graph,
      writer: this.writer,
      hangsOnFolds: (id) => this.hangsOnFolds(id),
      isOfRow: (place) => this.isOfRow(place),
    };
    const { b, note } = this.writer;
    const shape = this.shape(walk.over);
    const lead = this.writer.place(shape.slice(0, -2), { flat: b.programId(1, note) });
    this.batch = this.writer.coordinatesOf(lead, "batch");
    const first = b.binary("mul", b.programId(0, note), b.const(block.rows, "i32", note), note);
    const count = ["rows", shape.at(walk.isTurned ? -1 : -2) ?? 1] as const;
    this.rows = blockAxis(this.writer, { first, size: block.rows, count, isDown: true });
  }

  shape(id: NodeId): readonly number[] {
    return nodeAt(this.wish.graph, id).type.shape;
  }

  /** How long the stream is. */
  get length(): number {
    const [{ walk }] = this.wish.parts;
    const { over, isTurned } = walk;
    return this.shape(over).at(isTurned ? -2 : -1) ?? 1;
  }

  get columns(): Columns {
    if (this.#columns === undefined) throw new Error("a stream has no turn here");
    return this.#columns;
  }

  /** A turn begins whose first column this is. */
  turnAt(first: ValueId): void {
    const size = this.wish.block.columns;
    const count = ["columns", this.length] as const;
    this.#columns = {
      across: blockAxis(this.writer, { first, size, count, isDown: false }),
      down: blockAxis(this.writer, { first, size, count, isDown: true }),
    };
    this.#ofTurn.clear();
  }

  /** What is walked over, at this turn's block of it. */
  block({ over: id, isTurned }: Walk): Part {
    const at = [this.rows.at, this.columns.across.at];
    return { id, place: this.placeAt(id, [...this.batch, ...(isTurned ? at.toReversed() : at)]) };
  }

  placeAt(id: NodeId, coordinates: readonly ValueId[]): Place {
    const masks = [this.rows.mask, this.columns.across.mask];
    return this.writer.place(this.shape(id), { coordinates }, masks);
  }

  /** Whether a value hangs on a fold along the stream. */
  hangsOnFolds(id: NodeId): boolean {
    const known = this.#hangs.get(id);
    if (known !== undefined) return known;
    const node = nodeAt(this.wish.graph, id);
    const isBelow = (): boolean =>
      node.kind !== "matmul" && readsOf(node).some((input) => this.hangsOnFolds(input));
    const hangs = !this.wish.stored.has(id) && (node.kind === "reduce" || isBelow());
    this.#hangs.set(id, hangs);
    return hangs;
  }

  /** Whether what lies there is the same in all columns. */
  isOfRow({ coordinates = [], flat }: Place): boolean {
    if (this.#columns === undefined) return true;
    const { across, down } = this.#columns;
    const moving = [across.at, down.at].map((value) => this.writer.wordsFor(value));
    const all = flat === undefined ? coordinates : [...coordinates, flat];
    const words = all.map((value) => this.writer.wordsFor(value));
    return words.every((text) => !moving.some((word) => text.includes(word)));
  }

  /** What hangs on no fold is the same all turn long, and is computed once. */
  valueOf({ id, place }: Part): ValueId {
    const fresh = { ...place, known: new Map() };
    if (this.hangsOnFolds(id)) return this.writer.valueAt(id, fresh);
    const words = (place.coordinates ?? []).map((at) => this.writer.wordsFor(at)).join();
    const key = `${id} ${words}`;
    const known = this.#ofTurn.get(key) ?? this.writer.valueAt(id, fresh);
    this.#ofTurn.set(key, known);
    return known;
  }

  valueWhen(moment: Moment, part: Part): ValueId {
    const now = this.moment;
    this.moment = moment;
    const value = this.valueOf(part);
    this.moment = now;
    return value;
  }

  /** `other` in the columns behind the last. */
  there(value: ValueId, other: number): ValueId {
    const { b, note, tile } = this.writer;
    const condition = this.writer.full(this.columns.across.mask);
    return b.select({ condition, yes: value, no: b.full(tile, other, "f32", note) }, note);
  }
}
