import { Fault, type Span } from "@tilebook/base";
import {
  type BinaryNode,
  type BufferDType,
  isPacked,
  packedInfo,
  valueDType,
  type DType,
  type Graph,
  type NodeId,
  sizeOf,
  TileBuilder,
  type TileKernel,
  type ValueId,
} from "@tilebook/ir";
import { onePlusTanh, writeOnePlusTanh } from "./one-plus-tanh.ts";
import { nodeAt } from "./regions.ts";

/** Where in a tensor a tile of elements lies: by row-major index, by one coordinate an axis, or both. */
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
    let rest = place.flat ?? this.constant(0, "i32");
    const result: ValueId[] = [];
    const wide = place.shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
    for (let axis = place.shape.length - 1; axis >= 0; axis--) {
      if (!wide.includes(axis)) {
        result.push(this.constant(0, "i32"));
        continue;
      }
      if (axis === wide[0]) {
        result.push(rest);
        continue;
      }
      const size = this.spread(`${role}_size${axis}`, place.shape[axis] ?? 1, "i32");
      result.push(this.b.binary("mod", rest, size, this.note));
      rest = this.b.binary("idiv", rest, size, this.note);
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
        total = this.b.binary("mul", total, this.spread(`${role}_size${axis}`, size, "i32"), this.note);
      total = total === undefined ? coordinate : this.b.binary("add", total, coordinate, this.note);
    }
    return total ?? this.constant(0, "i32");
  }

  /** A node's values at a place. `inside` computes the node even when it has a buffer: it is what we write. */
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
    return this.b.load({ pointer, offset, mask: this.mask }, this.note);
  }

  /** To a packed dtype: what a buffer of it would keep. */
  #cast(input: ValueId, dtype: BufferDType): ValueId {
    const { b, note } = this;
    if (!isPacked(dtype)) return b.typeOf(input).dtype === dtype ? input : b.cast(input, dtype, note);
    const whole = b.typeOf(input).dtype === "i32" ? input : b.cast(input, "i32", note);
    const { bits, signed } = packedInfo[dtype];
    if (!signed) return b.binary("and", whole, this.constant(2 ** bits - 1, "i32"), note);
    const rest = this.constant(32 - bits, "i32");
    return b.binary("shr", b.binary("shl", whole, rest, note), rest, note);
  }

  #compute(id: NodeId, place: Place): ValueId {
    const node = nodeAt(this.#graph, id);
    const { b, note } = this;
    const role = `n${id}`;
    switch (node.kind) {
      case "fill":
        return this.spread(`${role}_value`, node.value, valueDType(node.type.dtype));
      case "iota":
        return b.cast(this.flatOf(place, role), valueDType(node.type.dtype), note);
      case "unary":
        return b.unary(node.op, this.valueAt(node.input, place), note);
      case "binary":
        return this.#binary(node, place);
      case "select": {
        const condition = this.valueAt(node.condition, place);
        return b.select(
          { condition, yes: this.valueAt(node.yes, place), no: this.valueAt(node.no, place) },
          note,
        );
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
        const axes = node.order.map((_, axis) => from[node.order.indexOf(axis)] ?? this.constant(0, "i32"));
        return this.valueAt(node.input, this.place(this.#shapeOf(node.input), { coordinates: axes }));
      }
      case "broadcast":
        return this.#broadcast(node.input, place, role);
      case "slice": {
        const from = this.coordinatesOf(place, role);
        const axes = from.map((at, axis) =>
          b.binary("add", at, this.spread(`${role}_start${axis}`, node.start[axis] ?? 0, "i32"), note),
        );
        return this.valueAt(node.input, this.place(this.#shapeOf(node.input), { coordinates: axes }));
      }
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
    const { b, note } = this;
    const inner = onePlusTanh(this.#graph, node, this.#stored);
    if (inner !== undefined) return writeOnePlusTanh(b, this.valueAt(inner, place), note);
    return b.binary(node.op, this.valueAt(node.left, place), this.valueAt(node.right, place), note);
  }

  #broadcast(input: NodeId, place: Place, role: string): ValueId {
    const shape = this.#shapeOf(input);
    const same = shape.every((size, axis) => size === place.shape[axis]);
    if (same) return this.valueAt(input, place);
    const from = this.coordinatesOf(place, role);
    const axes = shape.map((size, axis) => (size === 1 ? undefined : from[axis]) ?? this.constant(0, "i32"));
    return this.valueAt(input, this.place(shape, { coordinates: axes }));
  }

  /** Rows out of range are clamped to the nearest row. */
  #take(node: { readonly input: NodeId; readonly index: NodeId }, place: Place, role: string): ValueId {
    const { b, note } = this;
    const shape = this.#shapeOf(node.input);
    const [first, ...rest] = this.coordinatesOf(place, role);
    const at = this.place(
      this.#shapeOf(node.index),
      first === undefined ? {} : { coordinates: [first], flat: first },
    );
    const index = this.valueAt(node.index, at);
    const last = this.spread(`${role}_last`, (shape[0] ?? 1) - 1, "i32");
    const row = b.binary("min", b.binary("max", index, this.constant(0, "i32"), note), last, note);
    return this.valueAt(node.input, this.place(shape, { coordinates: [row, ...rest] }));
  }

  #shapeOf(id: NodeId): readonly number[] {
    return nodeAt(this.#graph, id).type.shape;
  }
}
