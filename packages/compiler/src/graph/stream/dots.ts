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

interface Way {
  /** Whether the left side has the stream's columns as rows. */
  readonly isTurned: boolean;
  /** Whether its columns are the rows of many matrices. */
  readonly isJoined: boolean;
  readonly placeOf: (
    isLeft: boolean,
    axis: Axis,
  ) => { readonly lead: readonly ValueId[]; readonly at: ValueId };
}

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
    const found = this.#wayOf(node, place);
    const depth = this.#context.shape(node.left).at(-1) ?? 1;
    if (found === undefined || depth > deepest) throw new NeedsBuffer(id);
    this.met.add(id);
    this.blocks.add(`${id} ${found.isTurned} ${found.isJoined}`);
    const { writer, rows, columns } = this.#context;
    const { b, note } = writer;
    const count = [`n${id}_depth`, depth] as const;
    const inner = blockAxis(writer, { size: powerOfTwo(depth), count, isDown: false });
    const side = (isLeft: boolean, axis: Axis): ValueId => {
      const { lead, at } = found.placeOf(isLeft, axis);
      const last = isLeft || node.transposeRight ? [at, inner.at] : [inner.at, at];
      return this.operand(isLeft ? node.left : node.right, [...lead, ...last], [axis, inner], inner);
    };
    const [ofRows, ofColumns] = [side(!found.isTurned, rows), side(found.isTurned, columns.down)];
    return b.dot(asFloat(b, ofRows), asFloat(b, b.transpose(ofColumns)), note);
  }

  /** How a block of a product lies at the stream's rows and columns; nothing where it is no block. */
  #wayOf(node: MatmulNode, place: Place): Way | undefined {
    const { rows, columns } = this.#context;
    const lead = (place.coordinates ?? []).slice(0, -2);
    const isTurned = this.#isAt(place, -2, columns.across) && this.#isAt(place, -1, rows);
    const isHere = isTurned || (this.#isAt(place, -2, rows) && this.#isAt(place, -1, columns.across));
    if (isHere && this.#context.isOfRow({ ...place, coordinates: lead }))
      return { isTurned, isJoined: false, placeOf: (_, { at }) => ({ lead, at }) };
    return this.#isAt(place, -1, rows) ? this.#joinedWay(node, place) : undefined;
  }

  /** The rows of many left matrices, one behind the other, are the stream's columns, and all are multiplied by the same matrix. */
  #joinedWay({ right }: MatmulNode, { coordinates = [] }: Place): Way | undefined {
    const { wish, writer, rows } = this.#context;
    const repeated = nodeAt(wish.graph, right);
    const isSame =
      repeated.kind === "broadcast" &&
      this.#context
        .shape(repeated.input)
        .slice(0, -2)
        .every((size) => size === 1);
    const ofColumns = coordinates.slice(0, -1);
    const word = writer.wordsFor(rows.at);
    if (!isSame || ofColumns.some((at) => writer.wordsFor(at).includes(word))) return undefined;
    const down = ofColumns.map((at) => this.#asDown(at));
    const nowhere = ofColumns.slice(1).map(() => writer.zero());
    return {
      isTurned: true,
      isJoined: true,
      placeOf: (isLeft, { at }) =>
        isLeft ? { lead: down.slice(0, -1), at: down.at(-1) ?? at } : { lead: nowhere, at },
    };
  }

  /** What is said of columns, of the same as rows. */
  #asDown(at: ValueId): ValueId {
    const { b, note } = this.#context.writer;
    const { shape } = b.typeOf(at);
    return shape.length < 2 ? at : b.reshape(at, shape.toReversed(), note);
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
