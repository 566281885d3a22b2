import { type NodeId, type ReduceNode, valueDType, type ValueId } from "@tilebook/ir";
import { nodeAt } from "../contents.ts";
import type { Place } from "../expression.ts";
import { asFloat } from "../rows.ts";
import type { Context, Moment } from "./context.ts";
import { type Factors, factorsOf, type Part } from "./factors.ts";
import { productOf, withOuter } from "./product.ts";
import { NeedsBuffer, Unfused } from "./unfused.ts";

/** Where a maximum starts. Minus infinity would make a NaN of the difference to a score of minus infinity. */
const lowest = -3e38;

/** Folds along the stream that go on turn by turn: one number a row each. */
export class Folds {
  readonly #context: Context;
  readonly #states: Readonly<Record<Moment, Map<NodeId, ValueId>>> = {
    before: new Map(),
    now: new Map(),
    done: new Map(),
  };
  readonly #outer = new Map<NodeId, Factors>();
  readonly #places = new Map<NodeId, string>();
  /** Those that were met, each behind those that it hangs on. */
  readonly met: NodeId[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  /** What they have come to: before the turn that begins, or in the end. */
  arrive(moment: "before" | "done", folds: readonly NodeId[], values: readonly ValueId[]): void {
    this.#states.now.clear();
    folds.forEach((id, at) => this.#states[moment].set(id, values[at] ?? -1));
  }

  /** With this turn. */
  after(folds: readonly NodeId[]): readonly ValueId[] {
    return folds.map((id) => this.#states.now.get(id) ?? -1);
  }

  start(id: NodeId): ValueId {
    const { writer, wish } = this.#context;
    return writer.b.full([wish.block.rows], this.#startNumber(id), "f32", writer.note);
  }

  /** A fold along the stream, as one number a row. */
  value(id: NodeId, node: ReduceNode, place: Place): ValueId {
    const context = this.#context;
    const { writer, moment } = context;
    const at = writer.coordinatesOf(place, `n${id}`);
    if (!this.#isAlong(node, { ...place, coordinates: at })) throw new NeedsBuffer(id);
    this.#checkPlace(id, node, at);
    if (moment === "now" && !this.#states.now.has(id)) this.#step(id, node, at);
    const { b, note } = writer;
    const state = b.reshape(this.#states[moment].get(id) ?? -1, [context.wish.block.rows, 1], note);
    const value = node.op === "sum" ? withOuter(context, state, this.#outerOf(id, node, at), moment) : state;
    return node.type.dtype === "f16" ? b.cast(value, "f16", note) : value;
  }

  #isAlong(node: ReduceNode, place: Place): boolean {
    const isFloat = ["f32", "f16"].includes(valueDType(node.type.dtype));
    const length = this.#context.shape(node.input)[node.axis] ?? 1;
    return isFloat && this.#context.isOfRow(place) && length === this.#context.length;
  }

  /** There is one running value of a fold, so it cannot be wanted of two rows. */
  #checkPlace(id: NodeId, node: ReduceNode, at: readonly ValueId[]): void {
    const words = at
      .map((value, axis) => (node.type.shape[axis] === 1 ? "0" : this.#context.writer.wordsFor(value)))
      .join();
    if ((this.#places.get(id) ?? words) !== words)
      throw new Unfused(node, "it is wanted of several rows at once");
    this.#places.set(id, words);
  }

  /** What stands outside a sum. What was worked out in a turn is not known behind the loop. */
  #outerOf(id: NodeId, node: ReduceNode, at: readonly ValueId[]): Factors {
    const known = this.#context.moment === "done" ? undefined : this.#outer.get(id);
    return known ?? factorsOf(this.#inputOf(node, at), this.#context.knowledge);
  }

  /** What a fold folds, at this turn's block of it. */
  #inputOf(node: ReduceNode, at: readonly ValueId[]): Part {
    const coordinates = at.with(node.axis, this.#context.columns.across.at);
    return { id: node.input, place: this.#context.placeAt(node.input, coordinates) };
  }

  #step(id: NodeId, node: ReduceNode, at: readonly ValueId[]): void {
    const input = this.#inputOf(node, at);
    if (node.op === "sum") this.#sum(id, input);
    else if (node.op === "max" || node.op === "min") this.#extreme(id, { ...node, op: node.op }, input);
    else throw new Unfused(node, `a ${node.op} is not carried along`);
    this.met.push(id);
  }

  #sum(id: NodeId, input: Part): void {
    const { writer, wish } = this.#context;
    const { b, note } = writer;
    const { rows } = wish.block;
    const { value, repair, factors } = productOf(this.#context, input);
    const before = this.#before(id);
    const repaired =
      repair === undefined
        ? before
        : b.binary("mul", before, b.reshape(writer.spreadTo(repair, [rows, 1]), [rows], note), note);
    this.#outer.set(id, factors);
    this.#states.now.set(id, b.binary("add", repaired, b.reduce("sum", value, 1, note), note));
  }

  #extreme(id: NodeId, node: ReduceNode & { readonly op: "max" | "min" }, input: Part): void {
    const { writer } = this.#context;
    const { b, note } = writer;
    if (this.#context.hangsOnFolds(node.input))
      throw new Unfused(node, `it is a ${node.op} of what hangs on another fold`);
    const value = asFloat(b, writer.full(this.#context.valueOf(input)));
    const there = this.#context.there(value, this.#startNumber(id));
    this.#states.now.set(id, b.binary(node.op, this.#before(id), b.reduce(node.op, there, 1, note), note));
  }

  #before(id: NodeId): ValueId {
    const known = this.#states.before.get(id) ?? this.start(id);
    this.#states.before.set(id, known);
    return known;
  }

  #startNumber(id: NodeId): number {
    const node = nodeAt(this.#context.wish.graph, id);
    if (node.kind !== "reduce" || node.op === "sum") return 0;
    return node.op === "max" ? lowest : -lowest;
  }
}
