import { Fault } from "@tilebook/base";
import { type NodeId, valueDType, type ValueId } from "@tilebook/ir";
import { dropDeadTiles } from "../../tile/dead.ts";
import { nodeAt } from "../contents.ts";
import type { Generated, Place } from "../expression.ts";
import { asFloat } from "../rows.ts";
import { type Axis, blockAxis, powerOfTwo } from "./axis.ts";
import { Context, type StreamWish } from "./context.ts";
import { Dots } from "./dots.ts";
import { factorsOf } from "./factors.ts";
import { Folds } from "./folds.ts";
import { type Product, productOf, withOuter } from "./product.ts";
import { NeedsBuffer } from "./unfused.ts";
import type { Walk } from "./walk.ts";

/** What was found out by writing one turn. */
export interface StreamTurn {
  /** Folds along the stream, each behind those that it hangs on. */
  readonly folds: readonly NodeId[];
  /** Products that a block of is computed in each turn. */
  readonly dots: ReadonlySet<NodeId>;
}

/**
 * left · right where one side is computed on the way, block by block along the inner axis: products of its own, whatever
 * is done with them element by element, and folds of that along the rows, such as the maximum and the sum of a softmax. Nothing
 * as large as that side is stored. Folds go on as the stream does; what hung on their earlier values is repaired. Or such a fold
 * alone: one number a row. Grid (rows / block.rows, batches).
 */
export class StreamWriter {
  readonly #context: Context;
  readonly #dots: Dots;
  readonly #folds: Folds;

  constructor(wish: StreamWish) {
    this.#context = new Context(wish);
    this.#dots = new Dots(this.#context);
    this.#folds = new Folds(this.#context);
    this.#context.writer.inner = (id, place) => this.#inner(id, place);
  }

  #inner(id: NodeId, place: Place): ValueId {
    const node = nodeAt(this.#context.wish.graph, id);
    if (!this.#dots.isInOperand && node.kind === "matmul") return this.#dots.block(id, node, place);
    if (!this.#dots.isInOperand && node.kind === "reduce") return this.#folds.value(id, node, place);
    throw new NeedsBuffer(id);
  }

  /** Writes one turn, to see what is in it. Faults with `Unfused` and `NeedsBuffer`. */
  explore(): StreamTurn {
    const context = this.#context;
    context.turnAt(context.writer.b.const(0, "i32"));
    if (context.wish.walk.by === undefined) this.#wantedFold();
    else productOf(context, context.block());
    return { folds: this.#folds.met, dots: this.#dots.met };
  }

  write({ folds }: StreamTurn): Generated {
    const { by } = this.#context.wish.walk;
    if (by === undefined) this.#writeFold(folds);
    else this.#writeProduct(by, folds);
    const made = this.#context.writer.finish();
    return { ...made, kernel: dropDeadTiles(made.kernel) };
  }

  #writeProduct(by: NonNullable<Walk["by"]>, folds: readonly NodeId[]): void {
    const { writer, wish } = this.#context;
    const { b, note } = writer;
    const width = this.#context.shape(by.id).at(by.isTurned ? -2 : -1) ?? 1;
    const wide = powerOfTwo(width);
    const across = blockAxis(writer, { size: wide, count: ["width", width], isDown: false });
    const acc = { init: b.full([wish.block.rows, wide], 0, "f32", note), label: "acc" };
    const total = this.#walk(folds, [acc], (carried) => {
      const block = productOf(this.#context, this.#context.block());
      return [this.#accumulate(carried.at(-1) ?? -1, block, { by, across })];
    }).at(-1);
    this.#store(this.#finished(total ?? -1), across);
  }

  #writeFold(folds: readonly NodeId[]): void {
    const context = this.#context;
    this.#walk(folds, [], () => {
      this.#wantedFold();
      return [];
    });
    context.turnAt(context.writer.b.const(0, "i32", context.writer.note));
    context.moment = "done";
    this.#store(this.#wantedFold());
  }

  /** Goes along the columns, with the folds and with what else is carried; each turn gives the latter anew. */
  #walk(
    folds: readonly NodeId[],
    others: readonly { readonly init: ValueId; readonly label: string }[],
    turn: (carried: readonly ValueId[]) => readonly ValueId[],
  ): readonly ValueId[] {
    const { writer, wish, length } = this.#context;
    const { b, note } = writer;
    const init = folds.map((id) => ({ init: this.#folds.start(id), label: `fold${id}` }));
    const upper = writer.scalar("columns", length, "i32");
    const head = {
      lower: b.const(0, "i32", note),
      upper,
      step: wish.block.columns,
      indexLabel: "j0",
      ...note,
    };
    const ends = b.forLoop(head, [...init, ...others], (first, carried) => {
      this.#context.turnAt(first);
      this.#folds.arrive("before", folds, carried);
      const made = turn(carried);
      return [...this.#folds.after(folds), ...made];
    });
    this.#folds.arrive("done", folds, ends);
    return ends;
  }

  #accumulate(
    total: ValueId,
    { value, repair }: Product,
    { by, across }: { readonly by: NonNullable<Walk["by"]>; readonly across: Axis },
  ): ValueId {
    const { writer, batch, columns } = this.#context;
    const { b, note } = writer;
    const at = by.isTurned ? [across.at, columns.down.at] : [columns.down.at, across.at];
    const right = this.#dots.operand(by.id, [...batch, ...at], [columns.down, across], columns.down);
    const repaired =
      repair === undefined
        ? total
        : b.binary("mul", total, writer.spreadTo(repair, b.typeOf(total).shape), note);
    return b.binary("add", repaired, b.dot(value, asFloat(b, right), note), note);
  }

  /** What stands outside the sum is said again here: what was worked out inside the loop is not known behind it. */
  #finished(total: ValueId): ValueId {
    const context = this.#context;
    context.turnAt(context.writer.b.const(0, "i32", context.writer.note));
    context.moment = "done";
    return withOuter(context, total, factorsOf(context.block(), context.knowledge), "done");
  }

  /** The fold that the stream is for: one number a row. */
  #wantedFold(): ValueId {
    const { graph, root } = this.#context.wish;
    const node = nodeAt(graph, root);
    if (node.kind !== "reduce") throw new Fault("internal/stream", `a ${node.kind} is no fold of rows`);
    return this.#folds.value(root, node, this.#context.writer.place(node.type.shape, this.#resultAt()));
  }

  /** Where the program's rows of the result lie. */
  #resultAt(across?: Axis): { readonly coordinates: readonly ValueId[] } {
    const { wish, batch, rows, writer } = this.#context;
    const { walk } = wish;
    const isTurned = walk.by === undefined ? walk.isTurned : walk.isResultTurned === true;
    const at = [rows.at, across?.at ?? writer.zero()];
    return { coordinates: [...batch, ...(isTurned ? at.toReversed() : at)] };
  }

  #store(value: ValueId, across?: Axis): void {
    const { writer, wish, rows } = this.#context;
    const { b, note } = writer;
    const { type } = nodeAt(wish.graph, wish.root);
    const dtype = valueDType(type.dtype);
    const shape = b.typeOf(value).shape;
    const place = writer.place(type.shape, this.#resultAt(across));
    const offset = writer.spreadTo(writer.flatOf(place, "out"), shape);
    const there = across === undefined ? rows.mask : writer.binary("and", rows.mask, across.mask);
    const stored = b.typeOf(value).dtype === dtype ? value : b.cast(value, dtype, note);
    b.store(
      { pointer: b.pointer("out", dtype), offset, value: stored, mask: writer.spreadTo(there, shape) },
      note,
    );
  }
}
