import {
  type Graph,
  type MatmulNode,
  type NodeId,
  readsOf,
  type ReduceNode,
  type ValueId,
  valueDType,
} from "@tilebook/ir";
import { dropDeadTiles } from "../../tile/dead.ts";
import { type Generated, type Place, RegionWriter } from "../expression.ts";
import { nodeAt, opsIn } from "../contents.ts";
import { asFloat } from "../rows.ts";
import { type Factors, factorsOf, isView, type Knowledge, type Part, type Term } from "./factors.ts";
import { Unfused } from "./unfused.ts";

/** The part of the result that a program makes, and how far it goes along the stream in a turn. */
export interface StreamBlock {
  readonly rows: number;
  readonly columns: number;
}

/** What is written, and what has a buffer. */
export interface StreamWish {
  readonly graph: Graph;
  readonly root: NodeId;
  readonly node: MatmulNode;
  readonly stored: ReadonlySet<NodeId>;
  readonly block: StreamBlock;
}

/** What was found out by writing one turn. */
export interface StreamTurn {
  /** Folds along the stream, each behind those that it hangs on. */
  readonly folds: readonly NodeId[];
  /** Products that a block of is computed in each turn. */
  readonly dots: ReadonlySet<NodeId>;
}

/** A node that a turn reads from memory, so it has to be there. */
export class NeedsBuffer extends Error {
  readonly id: NodeId;

  constructor(id: NodeId) {
    super(`node ${id} needs a buffer`);
    this.id = id;
  }
}

/** Wider products are not computed in one go. */
export const deepest = 256;
/** Where a maximum starts. Minus infinity would make a NaN of the difference to a score of minus infinity. */
const lowest = -3e38;

/** Which values of the folds are meant: those before this turn, those with it, or those of all turns. */
type Moment = "before" | "now" | "done";

/**
 * left · right where the left side is computed on the way, block by block along the inner axis: products of its own, whatever
 * is done with them element by element, and folds of that along the rows, such as the maximum and the sum of a softmax. Nothing
 * as large as the left side is stored. Folds go on as the stream does; what hung on their earlier values is repaired. Grid (rows / block.rows, batches).
 */
export class StreamWriter {
  readonly #wish: StreamWish;
  readonly #writer: RegionWriter;
  readonly #knowledge: Knowledge;
  readonly #hangs = new Map<NodeId, boolean>();
  readonly #states: Record<Moment, Map<NodeId, ValueId>> = {
    before: new Map(),
    now: new Map(),
    done: new Map(),
  };
  readonly #outer = new Map<NodeId, Factors>();
  readonly #places = new Map<NodeId, string>();
  /** Values of this turn, by node and place. */
  readonly #ofTurn = new Map<string, ValueId>();
  readonly #folds: NodeId[] = [];
  readonly #dots = new Set<NodeId>();
  #moment: Moment = "now";
  #inOperand = false;
  readonly #batch: readonly ValueId[];
  readonly #rows: Axis;
  #columns: { readonly across: Axis; readonly down: Axis } | undefined;

  constructor(wish: StreamWish) {
    const { graph, node, stored, block } = wish;
    this.#wish = wish;
    const writer = new RegionWriter(graph, stored, {
      name: "stream",
      tile: [block.rows, block.columns],
      span: node.span,
    });
    this.#writer = writer;
    writer.inner = (id, place) => this.#inner(id, place);
    this.#knowledge = {
      graph,
      writer,
      hangsOnFolds: (id) => this.#hangsOnFolds(id),
      isOfRow: (place) => this.#isOfRow(place),
    };
    const { b, note } = writer;
    const shape = this.#shape(node.left);
    const lead = writer.place(shape.slice(0, -2), { flat: b.programId(1, note) });
    this.#batch = writer.coordinatesOf(lead, "batch");
    const first = b.binary("mul", b.programId(0, note), b.const(block.rows, "i32", note), note);
    this.#rows = this.#axis({ first, size: block.rows, count: ["rows", shape.at(-2) ?? 1], isDown: true });
  }

  /** Writes one turn, to see what is in it. Faults with `Unfused` and `NeedsBuffer`. */
  explore(): StreamTurn {
    const b = this.#writer.b;
    this.#setColumns(b.const(0, "i32"));
    this.#product(this.#left());
    return { folds: this.#folds, dots: this.#dots };
  }

  write({ folds }: StreamTurn): Generated {
    const { node, block } = this.#wish;
    const { b, note } = this.#writer;
    const [width, wide] = [
      this.#shape(this.#wish.root).at(-1) ?? 1,
      powerOfTwo(this.#shape(this.#wish.root).at(-1) ?? 1),
    ];
    const across = this.#axis({ first: undefined, size: wide, count: ["width", width], isDown: false });
    const init = folds.map((id) => ({
      init: b.full([block.rows], this.#start(id), "f32", note),
      label: `fold${id}`,
    }));
    const upper = this.#writer.scalar("columns", this.#shape(node.left).at(-1) ?? 1, "i32");
    const head = {
      lower: b.const(0, "i32", note),
      upper,
      step: block.columns,
      indexLabel: "j0",
      span: node.span,
    };
    const acc = { init: b.full([block.rows, wide], 0, "f32", note), label: "acc" };
    const ends = b.forLoop(head, [...init, acc], (first, carried) => {
      this.#setColumns(first);
      folds.forEach((id, at) => this.#states.before.set(id, carried[at] ?? -1));
      const left = this.#product(this.#left());
      const next = folds.map((id) => this.#states.now.get(id) ?? -1);
      return [...next, this.#accumulate(carried.at(-1) ?? -1, left, across)];
    });
    folds.forEach((id, at) => this.#states.done.set(id, ends[at] ?? -1));
    // What stands outside the sums is said again here: what was worked out inside the loop is not known behind it.
    this.#setColumns(b.const(0, "i32", note));
    this.#moment = "done";
    this.#store(this.#withOuter(ends.at(-1) ?? -1, factorsOf(this.#left(), this.#knowledge), "done"), across);
    const made = this.#writer.finish();
    return { ...made, kernel: dropDeadTiles(made.kernel) };
  }

  #shape(id: NodeId): readonly number[] {
    return nodeAt(this.#wish.graph, id).type.shape;
  }

  /** A block of an axis: its coordinates, down or across, and which of them are there. */
  #axis({ first, size, count, isDown }: AxisWish): Axis {
    const { b, note } = this.#writer;
    const shape = isDown ? [size, 1] : [1, size];
    const along = b.arange(0, size, note);
    const all = first === undefined ? along : b.binary("add", b.broadcast(first, [size], note), along, note);
    const at = b.reshape(all, shape, note);
    const [role, length] = count;
    return { at, mask: this.#writer.binary("lt", at, this.#writer.scalar(role, length, "i32")) };
  }

  #setColumns(first: ValueId): void {
    const size = this.#wish.block.columns;
    const count = ["columns", this.#shape(this.#wish.node.left).at(-1) ?? 1] as const;
    this.#columns = {
      across: this.#axis({ first, size, count, isDown: false }),
      down: this.#axis({ first, size, count, isDown: true }),
    };
    this.#states.now.clear();
    this.#ofTurn.clear();
  }

  #stream(): { readonly across: Axis; readonly down: Axis } {
    if (this.#columns === undefined) throw new Error("a stream has no turn here");
    return this.#columns;
  }

  /** The left side, at this turn's block of it. */
  #left(): Part {
    const { node } = this.#wish;
    return {
      id: node.left,
      place: this.#placeAt(node.left, [...this.#batch, this.#rows.at, this.#stream().across.at]),
    };
  }

  #placeAt(id: NodeId, coordinates: readonly ValueId[]): Place {
    const masks = [this.#rows.mask, this.#stream().across.mask];
    return this.#writer.place(this.#shape(id), { coordinates }, masks);
  }

  #hangsOnFolds(id: NodeId): boolean {
    const known = this.#hangs.get(id);
    if (known !== undefined) return known;
    const { graph, stored } = this.#wish;
    const node = nodeAt(graph, id);
    const hangs =
      !stored.has(id) &&
      (node.kind === "reduce" ||
        (node.kind !== "matmul" && readsOf(node).some((input) => this.#hangsOnFolds(input))));
    this.#hangs.set(id, hangs);
    return hangs;
  }

  #isOfRow({ coordinates, flat }: Place): boolean {
    if (this.#columns === undefined) return true;
    const { across, down } = this.#columns;
    const moving = [across.at, down.at].map((value) => this.#writer.wordsFor(value));
    const words = [...(coordinates ?? []), ...(flat === undefined ? [] : [flat])].map((value) =>
      this.#writer.wordsFor(value),
    );
    return words.every((text) => !moving.some((word) => text.includes(word)));
  }

  #inner(id: NodeId, place: Place): ValueId {
    const node = nodeAt(this.#wish.graph, id);
    if (!this.#inOperand && node.kind === "matmul") return this.#dot(id, node, place);
    if (!this.#inOperand && node.kind === "reduce") return this.#fold(id, node, place);
    throw new NeedsBuffer(id);
  }

  /** A block of a product: rows of one side by rows of the other. */
  #dot(id: NodeId, node: MatmulNode, place: Place): ValueId {
    const { across, down } = this.#stream();
    const batch = (place.coordinates ?? []).slice(0, -2);
    const isAt = (from: number, axis: Axis): boolean => {
      const at = place.coordinates?.at(from);
      return (
        at === axis.at ||
        (at !== undefined && place.shape.at(from) === 1 && this.#writer.wordsFor(at) === "0")
      );
    };
    const isTurned = isAt(-2, across) && isAt(-1, this.#rows);
    const depth = this.#shape(node.left).at(-1) ?? 1;
    const isHere = isTurned || (isAt(-2, this.#rows) && isAt(-1, across));
    if (!isHere || depth > deepest || !this.#isOfRow({ ...place, coordinates: batch }))
      throw new NeedsBuffer(id);
    this.#dots.add(id);
    const { b, note } = this.#writer;
    const inner = this.#axis({
      first: undefined,
      size: powerOfTwo(depth),
      count: [`depth${id}`, depth],
      isDown: false,
    });
    const sides = (isLeft: boolean, axis: Axis): ValueId => {
      const at = isLeft || node.transposeRight ? [axis.at, inner.at] : [inner.at, axis.at];
      return this.#operand(isLeft ? node.left : node.right, [...batch, ...at], [axis, inner]);
    };
    const rows = sides(!isTurned, this.#rows);
    const columns = sides(isTurned, down);
    return b.dot(asFloat(b, rows), asFloat(b, b.transpose(columns)), note);
  }

  /** A whole tile of an operand, rows down. */
  #operand(id: NodeId, coordinates: readonly ValueId[], [down, across]: readonly [Axis, Axis]): ValueId {
    const { b } = this.#writer;
    const place = this.#writer.place(this.#shape(id), { coordinates }, [down.mask, across.mask]);
    const base = this.#heavyIn(id);
    if (base !== undefined) throw new NeedsBuffer(base);
    const before = this.#inOperand;
    this.#inOperand = true;
    try {
      const size = [b.typeOf(down.at).shape[0] ?? 1, b.typeOf(across.at).shape[1] ?? 1];
      return this.#writer.spreadTo(this.#writer.valueAt(id, place), size);
    } finally {
      this.#inOperand = before;
    }
  }

  /** An operand that takes more than reading: it would be computed again for every block of rows. */
  #heavyIn(id: NodeId): NodeId | undefined {
    const { graph, stored } = this.#wish;
    const node = nodeAt(graph, id);
    if (isView(node)) return this.#heavyIn(node.input);
    return opsIn(graph, id, stored) > 1 && !stored.has(id) ? id : undefined;
  }

  /** A fold along the stream, as one number a row. */
  #fold(id: NodeId, node: ReduceNode, place: Place): ValueId {
    const at = this.#writer.coordinatesOf(place, `n${id}`);
    const length = this.#shape(node.input)[node.axis] ?? 1;
    const isFloat = ["f32", "f16"].includes(valueDType(node.type.dtype));
    const isAlong =
      this.#isOfRow({ ...place, coordinates: at }) && length === this.#shape(this.#wish.node.left).at(-1);
    if (!isFloat || !isAlong) throw new NeedsBuffer(id);
    this.#checkPlace(id, node, at);
    if (this.#moment === "now" && !this.#states.now.has(id)) this.#step(id, node, at);
    const { rows } = this.#wish.block;
    const { b, note } = this.#writer;
    const state = b.reshape(this.#states[this.#moment].get(id) ?? -1, [rows, 1], note);
    const value =
      node.op === "sum" ? this.#withOuter(state, this.#outerOf(id, node, at), this.#moment) : state;
    return node.type.dtype === "f16" ? b.cast(value, "f16", note) : value;
  }

  /** What stands outside a sum. */
  #outerOf(id: NodeId, node: ReduceNode, at: readonly ValueId[]): Factors {
    const known = this.#outer.get(id);
    return this.#moment !== "done" && known !== undefined
      ? known
      : factorsOf(this.#inputOf(node, at), this.#knowledge);
  }

  /** What a fold folds, at this turn's block of it. */
  #inputOf(node: ReduceNode, at: readonly ValueId[]): Part {
    const coordinates = at.with(node.axis, this.#stream().across.at);
    return { id: node.input, place: this.#placeAt(node.input, coordinates) };
  }

  /** There is one running value of a fold, so it cannot be wanted of two rows. */
  #checkPlace(id: NodeId, node: ReduceNode, at: readonly ValueId[]): void {
    const words = at
      .map((value, axis) => (node.type.shape[axis] === 1 ? "0" : this.#writer.wordsFor(value)))
      .join();
    if ((this.#places.get(id) ?? words) !== words)
      throw new Unfused(node, "it is wanted of several rows at once");
    this.#places.set(id, words);
  }

  #step(id: NodeId, node: ReduceNode, at: readonly ValueId[]): void {
    const { b, note } = this.#writer;
    const input = this.#inputOf(node, at);
    const before = (): ValueId => {
      const known =
        this.#states.before.get(id) ?? b.full([this.#wish.block.rows], this.#start(id), "f32", note);
      this.#states.before.set(id, known);
      return known;
    };
    if (node.op === "sum") {
      const { value, repair, factors } = this.#product(input);
      const was = before();
      const repaired = repair === undefined ? was : b.binary("mul", was, this.#asRow(repair), note);
      this.#outer.set(id, factors);
      this.#states.now.set(id, b.binary("add", repaired, b.reduce("sum", value, 1, note), note));
    } else if (node.op === "max" || node.op === "min") {
      if (this.#hangsOnFolds(node.input))
        throw new Unfused(node, `it is a ${node.op} of what hangs on another fold`);
      const value = asFloat(b, this.#writer.full(this.#valueOf(input)));
      const there = this.#there(value, this.#start(id));
      this.#states.now.set(id, b.binary(node.op, before(), b.reduce(node.op, there, 1, note), note));
    } else throw new Unfused(node, `a ${node.op} is not carried along`);
    this.#folds.push(id);
  }

  #start(id: NodeId): number {
    const node = nodeAt(this.#wish.graph, id);
    if (node.kind !== "reduce" || node.op === "sum") return 0;
    return node.op === "max" ? lowest : -lowest;
  }

  #asRow(value: ValueId): ValueId {
    const { b, note } = this.#writer;
    const { rows } = this.#wish.block;
    return b.reshape(this.#writer.spreadTo(value, [rows, 1]), [rows], note);
  }

  /** `other` in the columns behind the last. */
  #there(value: ValueId, other: number): ValueId {
    const { b, note, tile } = this.#writer;
    const condition = this.#writer.full(this.#stream().across.mask);
    return b.select({ condition, yes: value, no: b.full(tile, other, "f32", note) }, note);
  }

  /** What hangs on no fold is the same all turn long, and is computed once. */
  #valueOf({ id, place }: Part): ValueId {
    const fresh = { ...place, known: new Map() };
    if (this.#hangsOnFolds(id)) return this.#writer.valueAt(id, fresh);
    const words = (place.coordinates ?? []).map((at) => this.#writer.wordsFor(at)).join();
    const key = `${id} ${words}`;
    const known = this.#ofTurn.get(key) ?? this.#writer.valueAt(id, fresh);
    this.#ofTurn.set(key, known);
    return known;
  }

  #at(moment: Moment, part: Part): ValueId {
    const now = this.#moment;
    this.#moment = moment;
    const value = this.#valueOf(part);
    this.#moment = now;
    return value;
  }

  /** A block as far as it is known by now, and by what earlier blocks of it are to be multiplied. */
  #product(part: Part): Product {
    const factors = factorsOf(part, this.#knowledge);
    const writer = this.#writer;
    // What stands outside the sum is wanted in the end only, but its folds go along from now on.
    for (const outer of [...factors.rows, ...factors.rowsBelow]) this.#at("now", outer);
    const exponentials = factors.exponents.map(({ fixed, rows }) => {
      const sum = [...fixed, ...rows].reduce<ValueId | undefined>(
        (so, term) => this.#plus(so, term, "now"),
        undefined,
      );
      return writer.b.unary("exp", sum ?? -1, writer.note);
    });
    const repairs = factors.exponents.flatMap(({ rows }) => (rows.length === 0 ? [] : [this.#repair(rows)]));
    const values = [...factors.fixed.map((one) => this.#valueOf(one)), ...exponentials];
    let value = values.reduce((so, next) => writer.binary("mul", so, next));
    for (const below of factors.fixedBelow) value = writer.binary("div", value, this.#valueOf(below));
    value = asFloat(writer.b, writer.full(value));
    for (const mask of factors.masks) {
      const condition = writer.full(this.#valueOf(mask));
      value = writer.b.select({ condition, yes: value, no: writer.constant(0, "f32") }, writer.note);
    }
    const repair =
      repairs.length === 0 ? undefined : repairs.reduce((so, next) => writer.binary("mul", so, next));
    return { value: this.#there(value, 0), repair, factors };
  }

  /** exp(r_new - r_old), of the sum r of what is one number a row. */
  #repair(rows: readonly Term[]): ValueId {
    const writer = this.#writer;
    const [first, ...rest] = rows.map((term) => {
      const [now, before] = [this.#at("now", term), this.#at("before", term)];
      return term.sign === 1 ? writer.binary("sub", now, before) : writer.binary("sub", before, now);
    });
    const change = rest.reduce((so, next) => writer.binary("add", so, next), first ?? -1);
    return writer.b.unary("exp", change, writer.note);
  }

  #plus(sum: ValueId | undefined, term: Term, moment: Moment): ValueId {
    const value = this.#at(moment, term);
    const { b, note } = this.#writer;
    if (sum === undefined) return term.sign === 1 ? value : b.unary("neg", value, note);
    return this.#writer.binary(term.sign === 1 ? "add" : "sub", sum, value);
  }

  #accumulate(total: ValueId, { value, repair }: Product, across: Axis): ValueId {
    const { node } = this.#wish;
    const { b, note } = this.#writer;
    const { down } = this.#stream();
    const at = node.transposeRight ? [across.at, down.at] : [down.at, across.at];
    const right = this.#operand(node.right, [...this.#batch, ...at], [down, across]);
    const repaired =
      repair === undefined
        ? total
        : b.binary("mul", total, this.#writer.spreadTo(repair, b.typeOf(total).shape), note);
    return b.binary("add", repaired, b.dot(value, asFloat(b, right), note), note);
  }

  /** What stood outside the sum. */
  #withOuter(value: ValueId, { rows, rowsBelow }: Factors, moment: Moment): ValueId {
    const times = rows.reduce((so, part) => this.#writer.binary("mul", so, this.#at(moment, part)), value);
    return rowsBelow.reduce((so, part) => this.#writer.binary("div", so, this.#at(moment, part)), times);
  }

  #store(value: ValueId, across: Axis): void {
    const { root, node } = this.#wish;
    const writer = this.#writer;
    const { b, note } = writer;
    const { dtype } = node.type;
    const place = writer.place(this.#shape(root), {
      coordinates: [...this.#batch, this.#rows.at, across.at],
    });
    const shape = b.typeOf(value).shape;
    const offset = writer.spreadTo(writer.flatOf(place, "out"), shape);
    const mask = writer.spreadTo(writer.binary("and", this.#rows.mask, across.mask), shape);
    const stored = dtype === "f16" ? b.cast(value, "f16", note) : value;
    b.store({ pointer: b.pointer("out", dtype), offset, value: stored, mask }, note);
  }
}

interface Axis {
  readonly at: ValueId;
  readonly mask: ValueId;
}

interface AxisWish {
  readonly first: ValueId | undefined;
  readonly size: number;
  /** The name and the value of its length. */
  readonly count: readonly [string, number];
  readonly isDown: boolean;
}

interface Product {
  readonly value: ValueId;
  readonly repair: ValueId | undefined;
  readonly factors: Factors;
}

function powerOfTwo(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, size)));
}
