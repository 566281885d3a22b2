import type { NodeId, ValueId } from "@tilebook/ir";
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

/** What was found out by writing one turn. */
export interface StreamTurn {
  /** Folds along the stream, each behind those that it hangs on. */
  readonly folds: readonly NodeId[];
  /** Products that a block of is computed in each turn. */
  readonly dots: ReadonlySet<NodeId>;
}

/**
 * left · right where the left side is computed on the way, block by block along the inner axis: products of its own, whatever
 * is done with them element by element, and folds of that along the rows, such as the maximum and the sum of a softmax. Nothing
 * as large as the left side is stored. Folds go on as the stream does; what hung on their earlier values is repaired. Grid (rows / block.rows, batches).
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
    productOf(context, context.left());
    return { folds: this.#folds.met, dots: this.#dots.met };
  }

  write({ folds }: StreamTurn): Generated {
    const { writer } = this.#context;
    const { b, note } = writer;
    const { node, block, root } = this.#context.wish;
    const width = this.#context.shape(root).at(-1) ?? 1;
    const wide = powerOfTwo(width);
    const across = blockAxis(writer, { size: wide, count: ["width", width], isDown: false });
    const init = folds.map((id) => ({ init: this.#folds.start(id), label: `fold${id}` }));
    const acc = { init: b.full([block.rows, wide], 0, "f32", note), label: "acc" };
    const upper = writer.scalar("columns", this.#context.shape(node.left).at(-1) ?? 1, "i32");
    const head = {
      lower: b.const(0, "i32", note),
      upper,
      step: block.columns,
      indexLabel: "j0",
      span: node.span,
    };
    const ends = b.forLoop(head, [...init, acc], (first, carried) => {
      this.#context.turnAt(first);
      this.#folds.arrive("before", folds, carried);
      const left = productOf(this.#context, this.#context.left());
      return [...this.#folds.after(folds), this.#accumulate(carried.at(-1) ?? -1, left, across)];
    });
    this.#folds.arrive("done", folds, ends);
    this.#store(this.#finished(ends.at(-1) ?? -1), across);
    const made = writer.finish();
    return { ...made, kernel: dropDeadTiles(made.kernel) };
  }

  #accumulate(total: ValueId, { value, repair }: Product, across: Axis): ValueId {
    const { writer, wish, batch, columns } = this.#context;
    const { node } = wish;
    const { b, note } = writer;
    const at = node.transposeRight ? [across.at, columns.down.at] : [columns.down.at, across.at];
    const right = this.#dots.operand(node.right, [...batch, ...at], [columns.down, across], columns.down);
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
    return withOuter(context, total, factorsOf(context.left(), context.knowledge), "done");
  }

  #store(value: ValueId, across: Axis): void {
    const { writer, wish, batch, rows } = this.#context;
    const { b, note } = writer;
    const { dtype } = wish.node.type;
    const coordinates = [...batch, rows.at, across.at];
    const place = writer.place(this.#context.shape(wish.root), { coordinates });
    const shape = b.typeOf(value).shape;
    const offset = writer.spreadTo(writer.flatOf(place, "out"), shape);
    const mask = writer.spreadTo(writer.binary("and", rows.mask, across.mask), shape);
    const stored = dtype === "f16" ? b.cast(value, "f16", note) : value;
    b.store({ pointer: b.pointer("out", dtype), offset, value: stored, mask }, note);
  }
}
