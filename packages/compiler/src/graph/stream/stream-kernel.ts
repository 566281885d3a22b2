import { type DType, type NodeId, valueDType, type ValueId } from "@tilebook/ir";
import { dropDeadTiles } from "../../tile/dead.ts";
import { mergeEqual } from "../../tile/merge.ts";
import { nodeAt } from "../contents.ts";
import type { Generated, Place } from "../expression.ts";
import { asFloat } from "../rows.ts";
import { onwards } from "../through-views.ts";
import { type Axis, blockAxis, powerOfTwo } from "./axis.ts";
import { Context, type StreamWish } from "./context.ts";
import { Dots } from "./dots.ts";
import { factorsOf } from "./factors.ts";
import { Folds } from "./folds.ts";
import { productOf, withOuter } from "./product.ts";
import { NeedsBuffer } from "./unfused.ts";
import type { StreamPart, Walk } from "./walk.ts";

/** What was found out by writing one turn. */
export interface StreamTurn {
  /** Folds along the stream, each behind those that it hangs on. */
  readonly folds: readonly NodeId[];
  /** Products that a block of is computed in each turn. */
  readonly dots: ReadonlySet<NodeId>;
  /** The blocks of them, as words: those of streams that go the same way are the same block where the words are. */
  readonly blocks: ReadonlySet<string>;
}

/**
 * left · right where one side is computed on the way, block by block along the inner axis: products of its own, whatever
 * is done with them element by element, and folds of that along the rows, such as the maximum and the sum of a softmax. Nothing
 * as large as that side is stored. Folds go on as the stream does; what hung on their earlier values is repaired. Or such a fold
 * alone: one number a row. Or several of these along the same rows and columns, each an output. Grid (rows / block.rows, batches).
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
    for (const part of context.wish.parts)
      if (part.walk.by === undefined) this.#fold(part, this.#across(part));
      else productOf(context, context.block(part.walk));
    return { folds: this.#folds.met, dots: this.#dots.met, blocks: this.#dots.blocks };
  }

  write(turn: StreamTurn): Generated {
    const made = this.#written(turn);
    // Results have their masks in common, too: whoever leaves out turns of the loop looks at one mask.
    return { ...made, kernel: dropDeadTiles(mergeEqual(made.kernel)) };
  }

  /** The tensors that it would read. */
  reads(turn: StreamTurn): Generated["nodes"] {
    return this.#written(turn).nodes;
  }

  #written({ folds }: StreamTurn): Generated {
    const context = this.#context;
    const { parts } = context.wish;
    const sums = new Map(
      parts.flatMap((part) =>
        part.walk.by === undefined ? [] : [[part, this.#sumOf(part.walk.by)] as const],
      ),
    );
    const across = new Map(
      parts.flatMap((part) => (part.walk.by === undefined ? [[part, this.#across(part)] as const] : [])),
    );
    const ends = this.#walk(folds, [...sums.values()], (carried) => {
      const totals = carried.slice(folds.length).values();
      return parts.flatMap((part) => {
        const sum = sums.get(part);
        if (sum !== undefined) return [this.#accumulate(totals.next().value ?? -1, part, sum)];
        this.#fold(part, across.get(part));
        return [];
      });
    });
    // What stands outside a sum is said again here: what was worked out inside the loop is not known behind it.
    context.turnAt(context.writer.b.const(0, "i32", context.writer.note));
    context.moment = "done";
    const totals = ends.slice(folds.length).values();
    const results = parts.map((part) => {
      const sum = sums.get(part);
      const numbers = across.get(part);
      if (sum === undefined) return this.#result(part, this.#fold(part, numbers), numbers);
      const total = totals.next().value ?? -1;
      const factors = factorsOf(context.block(part.walk), context.knowledge);
      return this.#result(part, withOuter(context, total, factors, "done"), sum.across);
    });
    for (const [at, result] of results.entries())
      this.#store(result, results.length === 1 ? "out" : `out${at}`);
    return context.writer.finish();
  }

  /** Where the sum of a product along the stream starts, for a block of its results. */
  #sumOf(by: Side): Sum {
    const { writer, wish } = this.#context;
    const { b, note } = writer;
    const width = this.#context.shape(by.id).at(by.isTurned ? -2 : -1) ?? 1;
    const wide = powerOfTwo(width);
    const across = blockAxis(writer, { size: wide, count: [`n${by.id}_width`, width], isDown: false });
    return { by, across, init: b.full([wish.block.rows, wide], 0, "f32", note), label: "acc" };
  }

  /** Goes along the columns, with the folds and with what else is carried; each turn gives the latter anew. */
  #walk(
    folds: readonly NodeId[],
    others: readonly { readonly init: ValueId; readonly label: string }[],
    turn: (carried: readonly ValueId[]) => readonly ValueId[],
  ): readonly ValueId[] {
    const { writer, wish, length } = this.#context;
    const { b, note } = writer;
    const init = folds.map((id) => ({ init: this.#folds.start(id), label: "fold" }));
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

  #accumulate(total: ValueId, { walk }: StreamPart, { by, across }: Sum): ValueId {
    const context = this.#context;
    const { writer, batch, columns } = context;
    const { b, note } = writer;
    const { value, repair } = productOf(context, context.block(walk));
    const at = by.isTurned ? [across.at, columns.down.at] : [columns.down.at, across.at];
    const right = this.#dots.operand(by.id, [...batch, ...at], [columns.down, across], columns.down);
    const repaired =
      repair === undefined
        ? total
        : b.binary("mul", total, writer.spreadTo(repair, b.typeOf(total).shape), note);
    return b.binary("add", repaired, b.dot(value, asFloat(b, right), note), note);
  }

  /** What the stream results in of folds: one number a row, or a few. */
  #fold(part: StreamPart, across?: Axis): ValueId {
    const { writer, wish, rows } = this.#context;
    const { type } = nodeAt(wish.graph, part.root);
    const masks = across === undefined ? undefined : [rows.mask, across.mask];
    return writer.valueAt(part.root, writer.place(type.shape, this.#resultAt(part, across), masks));
  }

  /** The numbers of a row that a stream results in, where it is not one. */
  #across({ root }: StreamPart): Axis | undefined {
    const width = this.#context.shape(root).at(-1) ?? 1;
    if (width === 1 || nodeAt(this.#context.wish.graph, root).kind === "reduce") return undefined;
    const count = [`n${root}_width`, width] as const;
    return blockAxis(this.#context.writer, { size: powerOfTwo(width), count, isDown: false });
  }

  /** Where the program's rows of a result lie. */
  #resultAt({ walk }: StreamPart, across?: Axis): { readonly coordinates: readonly ValueId[] } {
    const { batch, rows, writer } = this.#context;
    const isTurned = walk.by === undefined ? walk.isTurned : walk.isResultTurned === true;
    const at = [rows.at, across?.at ?? writer.zero()];
    return { coordinates: [...batch, ...(isTurned ? at.toReversed() : at)] };
  }

  /** A value as what is stored, and where. */
  #result(part: StreamPart, value: ValueId, across?: Axis): Result {
    const { writer, wish, rows } = this.#context;
    const { b, note } = writer;
    const { type } = nodeAt(wish.graph, part.root);
    const dtype = valueDType(type.dtype);
    const shape = b.typeOf(value).shape;
    const place = this.#storedAt(part, writer.place(type.shape, this.#resultAt(part, across)));
    const there = across === undefined ? rows.mask : writer.binary("and", rows.mask, across.mask);
    return {
      dtype,
      value: b.typeOf(value).dtype === dtype ? value : b.cast(value, dtype, note),
      offset: writer.spreadTo(writer.flatOf(place, `n${part.root}`), shape),
      mask: writer.spreadTo(there, shape),
    };
  }

  /** Through the views that it is stored behind. */
  #storedAt({ root }: StreamPart, place: Place): Place {
    const { wish, writer } = this.#context;
    return (wish.turned?.get(root) ?? []).reduce((at, id) => {
      const node = nodeAt(wish.graph, id);
      return node.kind === "permute" || node.kind === "reshape"
        ? onwards(writer, { node, role: `n${id}` }, at)
        : at;
    }, place);
  }

  #store({ dtype, ...result }: Result, name: string): void {
    const { b, note } = this.#context.writer;
    b.store({ pointer: b.pointer(name, dtype), ...result }, note);
  }
}

type Side = NonNullable<Walk["by"]>;

/** What a product adds up along the stream. */
interface Sum {
  readonly by: Side;
  /** The columns of the result. */
  readonly across: Axis;
  readonly init: ValueId;
  readonly label: string;
}

interface Result {
  readonly dtype: DType;
  readonly value: ValueId;
  readonly offset: ValueId;
  readonly mask: ValueId;
}
