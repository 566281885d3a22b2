import { Fault, type Span } from "@tilebook/base";
import {
  type BinaryName,
  type BinaryNode,
  type BufferDType,
  isPacked,
  packedInfo,
  valueDType,
  type DType,
  type FillNode,
  type Graph,
  type NodeId,
  type PasteNode,
  sizeOf,
  TileBuilder,
  type TileKernel,
  type ValueId,
} from "@tilebook/ir";
import { asksForNaN, isExtreme, isNumber, writeExtreme, writeNaNTest } from "./not-a-number.ts";
import { onePlusTanh, writeOnePlusTanh } from "./one-plus-tanh.ts";
import { pasteAxes } from "./moves.ts";
import { nodeAt } from "./contents.ts";
import { throughView, type ViewNode } from "./through-views.ts";

/**
 * Where in a tensor a tile of elements lies: by row-major index, by one coordinate an axis, or both. Each is a scalar, or a
 * tile that repeats along axes of size 1: what lies alike for a whole row is said once for it.
 */
export interface Place {
  readonly shape: readonly number[];
  readonly flat?: ValueId;
  readonly coordinates?: readonly ValueId[];
  /** What is there: each mask counts for tiles at least as large as it. By default the writer's. */
  readonly masks?: readonly ValueId[] | undefined;
  /** Values already computed at this place. */
  readonly known: Map<NodeId, ValueId>;
}

/** A generated kernel: what its buffers and scalars get at launch. */
export interface Generated {
  readonly kernel: TileKernel;
  readonly nodes: readonly NodeId[];
  readonly scalars: readonly number[];
  /** Of each scalar: the `fill` whose number it is, where it is one of floats. */
  readonly fills: readonly (NodeId | undefined)[];
}

/**
 * Writes the Tile IR of one region. Nodes with a buffer are loaded, all others computed at the place asked for.
 * Sizes, starts and fill values are scalar parameters, so another size is the same kernel.
 */
export class RegionWriter {
  readonly b: TileBuilder;
  /** Computes nodes that are no maps, where a kernel can do that. */
  inner: ((id: NodeId, place: Place) => ValueId) | undefined;
  /** The shape of every tile written here. */
  readonly tile: readonly number[];
  mask: ValueId | undefined;
  readonly #graph: Graph;
  readonly #stored: ReadonlySet<NodeId>;
  readonly #pointers = new Map<NodeId, ValueId>();
  readonly #scalars = new Map<string, ValueId>();
  readonly #values: number[] = [];
  readonly #fills: (NodeId | undefined)[] = [];
  readonly #numbers = new Map<string, number>();
  /** How a value was made, for those that say where something lies. */
  readonly #words = new Map<ValueId, string>();
  #span: Span | undefined;

  constructor(
    graph: Graph,
    stored: ReadonlySet<NodeId>,
    about: { name: string; tile: readonly number[]; span?: Span | undefined },
  ) {
    this.#graph = graph;
    this.#stored = stored;
    this.tile = about.tile;
    this.#span = about.span;
    this.b = new TileBuilder(about.name, about.span);
  }

  get note(): { readonly span?: Span | undefined } {
    return { span: this.#span };
  }

  /** A scalar parameter, one for each role; of a number that decides nothing, the `fill` it comes from. */
  scalar(role: string, value: number, dtype: DType, fill?: NodeId): ValueId {
    const known = this.#scalars.get(role);
    if (known !== undefined) return known;
    const made = this.b.scalar(this.#nameOf(role), dtype);
    this.#scalars.set(role, made);
    this.#words.set(made, role);
    this.#values.push(value);
    this.#fills.push(fill);
    return made;
  }

  /** Nodes, and shapes, are numbered as they come: what is computed alike at two places of a graph, in two graphs or of other sizes is one kernel. */
  #nameOf(role: string): string {
    return role.replace(/^([a-z]+)(\d[\d_]*)_(?=[a-z])/, (beginning, word: string) => {
      const number = this.#numbers.get(beginning) ?? this.#numbers.size;
      this.#numbers.set(beginning, number);
      return `${word}${number}_`;
    });
  }

  /** A scalar parameter in every element of a tile. */
  spread(role: string, value: number, dtype: DType): ValueId {
    return this.fill(this.scalar(role, value, dtype));
  }

  fill(scalar: ValueId): ValueId {
    return this.b.broadcast(scalar, this.tile, this.note);
  }

  constant(value: number, dtype: DType): ValueId {
    return this.b.full(this.tile, value, dtype, this.note);
  }

  /** The program's block of row-major indices, which go on through the rows of the tile. */
  blockOf(): ValueId {
    const { b, note } = this;
    const [rows = 1, columns = rows] = this.tile;
    const size = sizeOf(this.tile);
    const start = b.binary("mul", b.programId(0, note), b.const(size, "i32", note), note);
    const first = b.broadcast(start, this.tile, note);
    if (this.tile.length === 1) return b.binary("add", first, b.arange(0, size, note), note);
    const width = b.full([rows, 1], columns, "i32", note);
    const down = b.binary("mul", b.reshape(b.arange(0, rows, note), [rows, 1]), width, note);
    const along = b.broadcast(b.reshape(b.arange(0, columns, note), [1, columns]), this.tile, note);
    const rowStart = b.binary("add", first, b.broadcast(down, this.tile, note), note);
    return b.binary("add", rowStart, along, note);
  }

  place(
    shape: readonly number[],
    at: Pick<Place, "flat" | "coordinates">,
    masks?: readonly ValueId[],
  ): Place {
    return { shape, ...at, masks, known: new Map() };
  }

  /** One i32 tile an axis. An axis of size 1 is at 0. */
  coordinatesOf(place: Place, role: string): readonly ValueId[] {
    if (place.coordinates !== undefined) return place.coordinates;
    let rest = place.flat ?? this.zero();
    const result: ValueId[] = [];
    const wide = place.shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
    for (let axis = place.shape.length - 1; axis >= 0; axis--) {
      if (!wide.includes(axis)) {
        result.push(this.zero());
        continue;
      }
      if (axis === wide[0]) {
        result.push(rest);
        continue;
      }
      const size = this.scalar(`${role}_size${axis}`, place.shape[axis] ?? 1, "i32");
      result.push(this.binary("mod", rest, size));
      rest = this.binary("idiv", rest, size);
    }
    return result.toReversed();
  }

  flatOf(place: Place, role: string): ValueId {
    if (place.flat !== undefined) return place.flat;
    const coordinates = this.coordinatesOf(place, role);
    let total: ValueId | undefined;
    for (const [axis, size] of place.shape.entries()) {
      const coordinate = coordinates[axis];
      if (size === 1 || coordinate === undefined) continue;
      if (total !== undefined)
        total = this.binary("mul", total, this.scalar(`${role}_size${axis}`, size, "i32"));
      total = total === undefined ? coordinate : this.binary("add", total, coordinate);
    }
    return total ?? this.zero();
  }

  /** An elementwise op; what repeats along an axis is repeated as far as the other side goes. */
  binary(op: BinaryName, left: ValueId, right: ValueId): ValueId {
    const [a = left, b = right] = this.#alike([left, right]);
    const made = this.b.binary(op, a, b, this.note);
    this.#words.set(made, `${op}(${this.wordsFor(left)}, ${this.wordsFor(right)})`);
    return made;
  }

  /** Equal for values that were made alike of the same ones. */
  wordsFor(value: ValueId): string {
    return this.#words.get(value) ?? `%${value};`;
  }

  /** The value, repeated along axes of size 1 until it has this shape. */
  spreadTo(value: ValueId, shape: readonly number[]): ValueId {
    const same =
      this.#shape(value).length === shape.length &&
      this.#shape(value).every((size, axis) => size === shape[axis]);
    return same ? value : this.b.broadcast(value, shape, this.note);
  }

  /** The value in every element of the writer's tile. */
  full(value: ValueId): ValueId {
    return this.spreadTo(value, this.tile);
  }

  /** A node's values at a place; as few as there are different ones. `inside` computes the node even when it has a buffer: it is what we write. */
  valueAt(id: NodeId, place: Place, inside: boolean = false): ValueId {
    const known = place.known.get(id);
    if (known !== undefined) return known;
    const before = this.#span;
    this.#span = nodeAt(this.#graph, id).span ?? before;
    const value = this.#stored.has(id) && !inside ? this.#load(id, place) : this.#compute(id, place);
    this.#span = before;
    place.known.set(id, value);
    return value;
  }

  /** Of a tensor that was read. */
  pointerOf(id: NodeId): ValueId | undefined {
    return this.#pointers.get(id);
  }

  finish(): Generated {
    return {
      kernel: this.b.finish(),
      nodes: Array.from(this.#pointers.keys()),
      scalars: this.#values,
      fills: this.#fills,
    };
  }

  #load(id: NodeId, place: Place): ValueId {
    const { dtype } = nodeAt(this.#graph, id).type;
    const pointer = this.#pointers.get(id) ?? this.b.pointer(`t${this.#pointers.size}`, dtype);
    this.#pointers.set(id, pointer);
    const offset = this.flatOf(place, `n${id}`);
    return this.b.load({ pointer, offset, mask: this.#maskFor(offset, place) }, this.note);
  }

  #masksOf({ masks = this.mask === undefined ? [] : [this.mask] }: Place): readonly ValueId[] {
    return masks;
  }

  /** A mask says nothing of what is the same along one of its axes: that is there if any of it is. */
  #maskFor(offset: ValueId, place: Place): ValueId | undefined {
    const shape = this.#shape(offset);
    const counting = this.#masksOf(place).filter((mask) => {
      const own = this.#shape(mask);
      return own.length <= shape.length && own.every((size, axis) => size <= (shape[axis] ?? 1));
    });
    const [first, ...rest] = counting;
    if (first === undefined) return undefined;
    return this.spreadTo(
      rest.reduce((all, mask) => this.binary("and", all, mask), first),
      shape,
    );
  }

  /** The first place along an axis. */
  zero(): ValueId {
    const made = this.b.const(0, "i32", this.note);
    this.#words.set(made, "0");
    return made;
  }

  #shape(value: ValueId): readonly number[] {
    return this.b.typeOf(value).shape;
  }

  /** Repeated along the axes of size 1 until all are of one shape. */
  #alike(values: readonly ValueId[]): readonly ValueId[] {
    const shapes = values.map((value) => this.#shape(value));
    const rank = Math.max(...shapes.map((shape) => shape.length));
    const shape = Array.from({ length: rank }, (_, axis) => Math.max(...shapes.map((one) => one[axis] ?? 1)));
    return values.map((value) => this.spreadTo(value, shape));
  }

  /** To a packed dtype: what a buffer of it would keep. */
  #cast(input: ValueId, dtype: BufferDType): ValueId {
    const { b, note } = this;
    if (!isPacked(dtype)) return b.typeOf(input).dtype === dtype ? input : b.cast(input, dtype, note);
    const whole = b.typeOf(input).dtype === "i32" ? input : b.cast(input, "i32", note);
    const { bits, signed } = packedInfo[dtype];
    if (!signed) return this.binary("and", whole, b.const(2 ** bits - 1, "i32", note));
    const rest = b.const(32 - bits, "i32", note);
    return this.binary("shr", this.binary("shl", whole, rest), rest);
  }

  #number(id: NodeId, { value, type }: FillNode): ValueId {
    const dtype = valueDType(type.dtype);
    if (isOfCode(value)) return this.b.const(value, dtype, this.note);
    return this.scalar(`n${id}_value`, value, dtype, dtype === "f32" ? id : undefined);
  }

  #compute(id: NodeId, place: Place): ValueId {
    const node = nodeAt(this.#graph, id);
    const { b, note } = this;
    const role = `n${id}`;
    switch (node.kind) {
      case "fill":
        return this.#number(id, node);
      case "iota":
        return this.#cast(this.flatOf(place, role), node.type.dtype);
      case "unary":
        return b.unary(node.op, this.valueAt(node.input, place), note);
      case "binary":
        return this.#binary(node, place);
      case "select": {
        const parts = [node.condition, node.yes, node.no].map((part) => this.valueAt(part, place));
        const [condition = -1, yes = -1, no = -1] = this.#alike(parts);
        return b.select({ condition, yes, no }, note);
      }
      case "cast":
        return this.#cast(this.valueAt(node.input, place), node.type.dtype);
      case "reshape":
      case "permute":
      case "broadcast":
      case "slice":
      case "window":
        return this.valueAt(node.input, this.through(id, node, place));
      case "paste":
        return this.#paste(node, place, role);
      case "take":
        return this.#take(node, place, role);
      case "input":
      case "reduce":
      case "matmul":
      case "attention":
      case "tileCall":
      case "result":
        if (this.inner !== undefined) return this.inner(id, place);
        throw new Fault("internal/region", `${node.kind} is no part of an expression`, { span: node.span });
    }
  }

  #binary(node: BinaryNode, place: Place): ValueId {
    const inner = onePlusTanh(this.#graph, node, this.#stored);
    if (inner !== undefined) return writeOnePlusTanh(this.b, this.valueAt(inner, place), this.note);
    const left = this.valueAt(node.left, place);
    if (asksForNaN(node, this.b.typeOf(left).dtype)) return writeNaNTest(this.b, node.op, left, this.note);
    const right = this.valueAt(node.right, place);
    if (!isExtreme(node.op) || !isFloat(this.b.typeOf(left).dtype)) return this.binary(node.op, left, right);
    const [a = left, b = right] = this.#alike([left, right]);
    const mayBeNaN = [node.left, node.right].map((side) => !isNumber(this.#graph, side));
    return writeExtreme(this.b, node.op, { left: a, right: b, mayBeNaN }, this.note);
  }

  /** Where the values of a view lie in what it is a view of. */
  through(id: NodeId, node: ViewNode, place: Place): Place {
    return throughView(this, { node, shape: this.#shapeOf(node.input), role: `n${id}` }, place);
  }

  /** What is pasted is read only where it lies. */
  #paste(node: PasteNode, place: Place, role: string): ValueId {
    const shape = this.#shapeOf(node.input);
    const { coordinates, inside } = pasteAxes(this, { node, shape, role }, this.coordinatesOf(place, role));
    const from = this.place(shape, { coordinates }, [...this.#masksOf(place), ...inside]);
    const pasted = this.valueAt(node.input, from);
    if (inside.length === 0) return pasted;
    const all = inside.reduce((so, one) => this.binary("and", so, one));
    const parts = this.#alike([all, pasted, this.valueAt(node.into, place)]);
    const [condition = -1, yes = -1, no = -1] = parts;
    return this.b.select({ condition, yes, no }, this.note);
  }

  /** Rows out of range are clamped to the nearest row. */
  #take(node: { readonly input: NodeId; readonly index: NodeId }, place: Place, role: string): ValueId {
    const shape = this.#shapeOf(node.input);
    const [first, ...rest] = this.coordinatesOf(place, role);
    const at = this.place(
      this.#shapeOf(node.index),
      first === undefined ? {} : { coordinates: [first], flat: first },
      place.masks,
    );
    const index = this.valueAt(node.index, at);
    const last = this.scalar(`${role}_last`, (shape[0] ?? 1) - 1, "i32");
    const row = this.binary("min", this.binary("max", index, this.zero()), last);
    return this.valueAt(node.input, this.place(shape, { coordinates: [row, ...rest] }, place.masks));
  }

  #shapeOf(id: NodeId): readonly number[] {
    return nodeAt(this.#graph, id).type.shape;
  }
}

function isFloat(dtype: DType): boolean {
  return dtype === "f32" || dtype === "f16";
}

/**
 * Numbers that stand for infinity, as masks have them, 0 and 1 are part of the code: by them the compiler sees which turns of a loop
 * change nothing. Nobody moves them by a slider, but through the latter two.
 */
export function isOfCode(value: number): boolean {
  return value === 0 || value === 1 || !(Math.abs(value) < 1e9);
}
