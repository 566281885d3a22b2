import { Fault, type Span } from "@tilebook/base";
import {
  type BinaryName,
  type BinaryNode,
  type BufferDType,
  isPacked,
  packedInfo,
  valueDType,
  type DType,
  type Graph,
  type NodeId,
  type PasteNode,
  sizeOf,
  TileBuilder,
  type TileKernel,
  type ValueId,
} from "@tilebook/ir";
import { asksForNaN, writeNaNTest } from "./not-a-number.ts";
import { onePlusTanh, writeOnePlusTanh } from "./one-plus-tanh.ts";
import { pasteAxes, sliceAxes, windowAxes } from "./moves.ts";
import { nodeAt } from "./regions.ts";

/**
 * Where in a tensor a tile of elements lies: by row-major index, by one coordinate an axis, or both. Each is a scalar, or a
 * tile that repeats along axes of size 1: what lies alike for a whole row is said once for it.
 */
export interface Place {
  readonly shape: readonly number[];
  readonly flat?: ValueId;
  readonly coordinates?: readonly ValueId[];
  /** Values already computed at this place. */
  readonly known: Map<NodeId, ValueId>;
}

/** A generated kernel: what its buffers and scalars get at launch. */
export interface Generated {
  readonly kernel: TileKernel;
  readonly nodes: readonly NodeId[];
  readonly scalars: readonly number[];
}

/**
 * Writes the Tile IR of one region. Nodes with a buffer are loaded, all others computed at the place asked for.
 * Sizes, starts and fill values are scalar parameters, so another size is the same kernel.
 */
export class RegionWriter {
  readonly b: TileBuilder;
  /** The shape of every tile written here. */
  readonly tile: readonly number[];
  mask: ValueId | undefined;
  readonly #graph: Graph;
  readonly #stored: ReadonlySet<NodeId>;
  readonly #pointers = new Map<NodeId, ValueId>();
  readonly #scalars = new Map<string, ValueId>();
  readonly #values: number[] = [];
  /** What holds for the elements wanted now, where a paste is followed. */
  readonly #inside: ValueId[] = [];
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

  /** A scalar parameter, one for each role. */
  scalar(role: string, value: number, dtype: DType): ValueId {
    const known = this.#scalars.get(role);
    if (known !== undefined) return known;
    const made = this.b.scalar(role, dtype);
    this.#scalars.set(role, made);
    this.#values.push(value);
    return made;
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

  place(shape: readonly number[], at: { flat?: ValueId; coordinates?: readonly ValueId[] }): Place {
    return { shape, ...at, known: new Map() };
  }

  /** One i32 tile an axis. An axis of size 1 is at 0. */
  coordinatesOf(place: Place, role: string): readonly ValueId[] {
    if (place.coordinates !== undefined) return place.coordinates;
    let rest = place.flat ?? this.#zero();
    const result: ValueId[] = [];
    const wide = place.shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
    for (let axis = place.shape.length - 1; axis >= 0; axis--) {
      if (!wide.includes(axis)) {
        result.push(this.#zero());
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
    return total ?? this.#zero();
  }

  /** An elementwise op; what repeats along an axis is repeated as far as the other side goes. */
  binary(op: BinaryName, left: ValueId, right: ValueId): ValueId {
    const [a = left, b = right] = this.#alike([left, right]);
    return this.b.binary(op, a, b, this.note);
  }

  /** The value in every element of the writer's tile. */
  full(value: ValueId): ValueId {
    return this.#spreadTo(value, this.tile);
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

  finish(): Generated {
    return { kernel: this.b.finish(), nodes: Array.from(this.#pointers.keys()), scalars: this.#values };
  }

  #load(id: NodeId, place: Place): ValueId {
    const { dtype } = nodeAt(this.#graph, id).type;
    const pointer = this.#pointers.get(id) ?? this.b.pointer(`t${this.#pointers.size}`, dtype);
    this.#pointers.set(id, pointer);
    const offset = this.flatOf(place, `n${id}`);
    return this.b.load({ pointer, offset, mask: this.#maskFor(offset) }, this.note);
  }

  /** What is the same for all elements is there, unless it lies outside of what was pasted: on an axis where it, too, is the same. */
  #maskFor(offset: ValueId): ValueId | undefined {
    const shape = this.#shape(offset);
    const own = this.mask === undefined || shape.length === 0 ? [] : [this.mask];
    const masks = [...own, ...this.#inside.filter((one) => repeatsTo(this.#shape(one), shape))];
    const [first, ...others] = masks;
    if (first === undefined) return undefined;
    return this.#spreadTo(
      others.reduce((so, one) => this.binary("and", so, one), first),
      shape,
    );
  }

  #zero(): ValueId {
    return this.b.const(0, "i32", this.note);
  }

  #shape(value: ValueId): readonly number[] {
    return this.b.typeOf(value).shape;
  }

  #spreadTo(value: ValueId, shape: readonly number[]): ValueId {
    const same =
      this.#shape(value).length === shape.length &&
      this.#shape(value).every((size, axis) => size === shape[axis]);
    return same ? value : this.b.broadcast(value, shape, this.note);
  }

  /** Repeated along the axes of size 1 until all are of one shape. */
  #alike(values: readonly ValueId[]): readonly ValueId[] {
    const shapes = values.map((value) => this.#shape(value));
    const rank = Math.max(...shapes.map((shape) => shape.length));
    const shape = Array.from({ length: rank }, (_, axis) => Math.max(...shapes.map((one) => one[axis] ?? 1)));
    return values.map((value) => this.#spreadTo(value, shape));
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

  #compute(id: NodeId, place: Place): ValueId {
    const node = nodeAt(this.#graph, id);
    const { b, note } = this;
    const role = `n${id}`;
    switch (node.kind) {
      case "fill":
        return this.scalar(`${role}_value`, node.value, valueDType(node.type.dtype));
      case "iota":
        return b.cast(this.flatOf(place, role), valueDType(node.type.dtype), note);
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
        return this.valueAt(
          node.input,
          this.place(this.#shapeOf(node.input), { flat: this.flatOf(place, role) }),
        );
      case "permute": {
        const from = this.coordinatesOf(place, role);
        const axes = node.order.map((_, axis) => from[node.order.indexOf(axis)] ?? this.#zero());
        return this.valueAt(node.input, this.place(this.#shapeOf(node.input), { coordinates: axes }));
      }
      case "broadcast":
        return this.#broadcast(node.input, place, role);
      case "slice": {
        const axes = sliceAxes(this, node, this.coordinatesOf(place, role), role);
        return this.valueAt(node.input, this.place(this.#shapeOf(node.input), { coordinates: axes }));
      }
      case "window": {
        const axes = windowAxes(this, node, this.coordinatesOf(place, role), role);
        return this.valueAt(node.input, this.place(this.#shapeOf(node.input), { coordinates: axes }));
      }
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
        throw new Fault("internal/region", `${node.kind} is no part of an expression`, { span: node.span });
    }
  }

  #binary(node: BinaryNode, place: Place): ValueId {
    const inner = onePlusTanh(this.#graph, node, this.#stored);
    if (inner !== undefined) return writeOnePlusTanh(this.b, this.valueAt(inner, place), this.note);
    const left = this.valueAt(node.left, place);
    if (asksForNaN(node, this.b.typeOf(left).dtype)) return writeNaNTest(this.b, node.op, left, this.note);
    return this.binary(node.op, left, this.valueAt(node.right, place));
  }

  #broadcast(input: NodeId, place: Place, role: string): ValueId {
    const shape = this.#shapeOf(input);
    const same = shape.every((size, axis) => size === place.shape[axis]);
    if (same) return this.valueAt(input, place);
    const from = this.coordinatesOf(place, role);
    const axes = shape.map((size, axis) => (size === 1 ? undefined : from[axis]) ?? this.#zero());
    return this.valueAt(input, this.place(shape, { coordinates: axes }));
  }

  /** What is pasted is read only where it lies. */
  #paste(node: PasteNode, place: Place, role: string): ValueId {
    const shape = this.#shapeOf(node.input);
    const { coordinates, inside } = pasteAxes(this, { node, shape, role }, this.coordinatesOf(place, role));
    const from = this.place(shape, { coordinates });
    if (inside.length === 0) return this.valueAt(node.input, from);
    this.#inside.push(...inside);
    const pasted = this.valueAt(node.input, from);
    this.#inside.length -= inside.length;
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
    );
    const index = this.valueAt(node.index, at);
    const last = this.scalar(`${role}_last`, (shape[0] ?? 1) - 1, "i32");
    const row = this.binary("min", this.binary("max", index, this.#zero()), last);
    return this.valueAt(node.input, this.place(shape, { coordinates: [row, ...rest] }));
  }

  #shapeOf(id: NodeId): readonly number[] {
    return nodeAt(this.#graph, id).type.shape;
  }
}

/** Repeating along axes of size 1, or everywhere, makes it as large as `shape`. */
function repeatsTo(own: readonly number[], shape: readonly number[]): boolean {
  return (
    own.length === 0 ||
    (own.length === shape.length && own.every((size, axis) => size === 1 || size === shape[axis]))
  );
}
