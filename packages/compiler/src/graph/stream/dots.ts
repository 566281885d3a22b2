import type { MatmulNode, NodeId, ValueId } from "@tilebook/ir";
import { nodeAt, opsIn } from "../contents.ts";
import type { Place } from "../expression.ts";
import { asFloat } from "../rows.ts";
import { type Axis, blockAxis, powerOfTwo } from "./axis.ts";
import type { Context } from "./context.ts";
import { isView } from "./factors.ts";
import { NeedsBuffer } from "./unfused.ts";

/** Wider products are not computed in one go. */
export const deepest = 256;

/** Products of a turn. What they multiply is read from memory, but for views and single ops. */
export class Dots {
  readonly #context: Context;
  /** Those that were met. */
  readonly met: Set<NodeId> = new Set();
  /** Those, and which way they lie. */
  readonly blocks: Set<string> = new Set();
  #isInOperand = false;

  constructor(context: Context) {
    this.#context = context;
  }

  get isInOperand(): boolean {
    return this.#isInOperand;
  }

  /** A block of a product: rows of one side by rows of the other. */
  block(id: NodeId, node: MatmulNode, place: Place): ValueId {
    const { writer, rows, columns } = this.#context;
    const batch = (place.coordinates ?? []).slice(0, -2);
    const isTurned = this.#isAt(place, -2, columns.across) && this.#isAt(place, -1, rows);
    const isHere = isTurned || (this.#isAt(place, -2, rows) && this.#isAt(place, -1, columns.across));
    const depth = this.#context.shape(node.left).at(-1) ?? 1;
    if (!isHere || depth > deepest || !this.#context.isOfRow({ ...place, coordinates: batch }))
      throw new NeedsBuffer(id);
    this.met.add(id);
    this.blocks.add(`${id} ${isTurned}`);
    const { b, note } = writer;
    const count = [`n${id}_depth`, depth] as const;
    const inner = blockAxis(writer, { size: powerOfTwo(depth), count, isDown: false });
    const side = (isLeft: boolean, axis: Axis): ValueId => {
      const at = isLeft || node.transposeRight ? [axis.at, inner.at] : [inner.at, axis.at];
      return this.operand(isLeft ? node.left : node.right, [...batch, ...at], [axis, inner], inner);
    };
    const [ofRows, ofColumns] = [side(!isTurned, rows), side(isTurned, columns.down)];
    return b.dot(asFloat(b, ofRows), asFloat(b, b.transpose(ofColumns)), note);
  }

  #isAt(place: Place, axis: number, { at }: Axis): boolean {
    const coordinate = place.coordinates?.at(axis);
    if (coordinate === undefined || coordinate === at) return coordinate === at;
    return place.shape.at(axis) === 1 && this.#context.writer.wordsFor(coordinate) === "0";
  }

  /** A whole tile of an operand, rows down: 0 behind the end of the axis that is summed `along`. */
  operand(
    id: NodeId,
    coordinates: readonly ValueId[],
    [down, across]: readonly [down: Axis, across: Axis],
    along: Axis,
  ): ValueId {
    const heavy = this.#heavyIn(id);
    if (heavy !== undefined) throw new NeedsBuffer(heavy);
    const { writer } = this.#context;
    const { b, note } = writer;
    const place = writer.place(this.#context.shape(id), { coordinates }, [down.mask, across.mask]);
    const before = this.#isInOperand;
    this.#isInOperand = true;
    try {
      const size = [b.typeOf(down.at).shape[0] ?? 1, b.typeOf(across.at).shape[1] ?? 1];
      const value = writer.valueAt(id, place);
      const yes = writer.spreadTo(value, size);
      if (yes === value && this.#isOnlyRead(id)) return yes;
      const no = b.full(size, 0, b.typeOf(yes).dtype, note);
      return b.select({ condition: writer.spreadTo(along.mask, size), yes, no }, note);
    } finally {
      this.#isInOperand = before;
    }
  }

  /** What is read is 0 where it is not there. What is computed of that, or repeated along an axis, is not. */
  #isOnlyRead(id: NodeId): boolean {
    const { graph, stored } = this.#context.wish;
    const node = nodeAt(graph, id);
    return stored.has(id) || (isView(node) && this.#isOnlyRead(node.input));
  }

  /** An operand that takes more than reading: it would be computed again for every block of rows. */
  #heavyIn(id: NodeId): NodeId | undefined {
    const { graph, stored } = this.#context.wish;
    if (stored.has(id)) return undefined;
    const node = nodeAt(graph, id);
    if (isView(node)) return this.#heavyIn(node.input);
    return opsIn(graph, id, stored) > 1 ? id : undefined;
  }
}
