import { type Random, seeded } from "@tilebook/base";
import {
  type DType,
  type ReduceName,
  sizeOf,
  TileBuilder,
  type TileKernel,
  type TileType,
  type ValueId,
} from "@tilebook/ir";

/**
 * For property tests: a valid kernel of random ops with loops, branches, reductions and dots over tiles of many
 * shapes. Loads and stores stay in bounds and numbers stay small. Buffers: x f32 [4096], n i32 [64], a scalar
 * count = 5, a scalar s, and out f32, where every value that is left over is stored one after the other; then
 * `work` f32 [4096], which is read and written. Same seed, same kernel.
 */
export function randomKernel(seed: number): { readonly kernel: TileKernel; readonly outputs: number } {
  return new RandomKernel(seeded(seed * 7919 + 1)).make();
}

const shapes: readonly (readonly number[])[] = [
  [],
  [8],
  [64],
  [256],
  [16, 16],
  [32, 8],
  [8, 32],
  [64, 4],
  [1, 16],
  [16, 1],
  [4, 8, 4],
  [2, 1, 16],
];

type Floats = Map<string, { readonly shape: readonly number[]; readonly values: ValueId[] }>;

class RandomKernel {
  readonly #random: Random;
  readonly #b = new TileBuilder("random");
  readonly #x: ValueId;
  readonly #n: ValueId;
  readonly #out: ValueId;
  readonly #work: ValueId;
  readonly #count: ValueId;
  #floats: Floats = new Map();
  #outputs = 0;

  constructor(random: Random) {
    this.#random = random;
    const b = this.#b;
    [this.#x, this.#n, this.#out, this.#work] = [
      b.pointer("x", "f32"),
      b.pointer("n", "i32"),
      b.pointer("out", "f32"),
      b.pointer("work", "f32"),
    ];
    this.#count = b.scalar("count", "i32");
    this.#see(b.scalar("s", "f32"));
  }

  make(): { readonly kernel: TileKernel; readonly outputs: number } {
    this.#store(this.#work, this.#load([64]), this.#b.const(128, "i32"));
    this.#block(10 + this.#below(14), 0);
    for (const { values } of Array.from(this.#floats.values()))
      for (const value of values.slice(-2)) this.#emitOutput(value);
    return { kernel: this.#b.finish(), outputs: this.#outputs };
  }

  #block(count: number, depth: number): void {
    for (let i = 0; i < count; i++) this.#op(depth);
  }

  #op(depth: number): void {
    const kind = this.#below(depth < 2 ? 14 : 11);
    const shape = this.#pick(shapes);
    if (kind <= 1) this.#see(this.#load(shape));
    else if (kind <= 3) this.#see(this.#arithmetic(shape));
    else if (kind === 4) this.#see(this.#unary(this.#value(shape)));
    else if (kind === 5) this.#see(this.#where(shape));
    else if (kind === 6) this.#reduce(shape.length === 0 ? [64] : shape);
    else if (kind === 7) this.#reshape(shape);
    else if (kind === 8) this.#dot();
    else if (kind === 9) this.#broadcast();
    else if (kind === 10) this.#readWork();
    else if (kind <= 12) this.#loop(depth);
    else this.#branch(depth);
  }

  #load(shape: readonly number[]): ValueId {
    const b = this.#b;
    const size = sizeOf(shape);
    const offset = this.#indices(shape);
    const start = this.#spread(b.const(this.#below(4096 - size), "i32"), shape);
    const at = b.binary("add", offset, start);
    if (this.#below(2) === 0) return b.load({ pointer: this.#x, offset: at });
    const mask = b.binary("lt", offset, this.#spread(b.const(this.#below(size + 1), "i32"), shape));
    return b.load({ pointer: this.#x, offset: at, mask, other: this.#value(shape) });
  }

  /** Row-major indices of a shape. */
  #indices(shape: readonly number[]): ValueId {
    const b = this.#b;
    if (shape.length === 0) return b.const(0, "i32");
    return b.reshape(b.arange(0, sizeOf(shape)), shape);
  }

  #spread(scalar: ValueId, shape: readonly number[]): ValueId {
    return shape.length === 0 ? scalar : this.#b.broadcast(scalar, shape);
  }

  #arithmetic(shape: readonly number[]): ValueId {
    const op = this.#pick(["add", "sub", "mul", "min", "max"] as const);
    const result = this.#b.binary(op, this.#value(shape), this.#value(shape));
    return this.#tame(result);
  }

  /** Keeps numbers between -2 and 2, so that errors stay comparable. */
  #tame(value: ValueId): ValueId {
    const b = this.#b;
    const { shape } = b.typeOf(value);
    const [low, high] = [this.#spread(b.const(-2, "f32"), shape), this.#spread(b.const(2, "f32"), shape)];
    return b.binary("min", b.binary("max", value, low), high);
  }

  #unary(value: ValueId): ValueId {
    return this.#tame(this.#b.unary(this.#pick(["neg", "abs", "exp", "tanh", "sin"] as const), value));
  }

  #where(shape: readonly number[]): ValueId {
    const b = this.#b;
    const place = this.#indices(shape);
    const limit = this.#spread(b.const(this.#below(sizeOf(shape) + 1), "i32"), shape);
    const condition = b.binary(this.#pick(["lt", "ge"] as const), place, limit);
    return b.select({ condition, yes: this.#value(shape), no: this.#value(shape) });
  }

  #reduce(shape: readonly number[]): void {
    const b = this.#b;
    const op: ReduceName = this.#pick(["sum", "max", "min", "argmax"] as const);
    const axis = this.#below(shape.length);
    const value = b.reduce(op, this.#value(shape), axis);
    const float = op === "argmax" ? b.cast(value, "f32") : value;
    const size = shape[axis] ?? 1;
    this.#see(op === "sum" || op === "argmax" ? this.#scaled(float, 1 / size) : float);
  }

  #scaled(value: ValueId, by: number): ValueId {
    const { shape } = this.#b.typeOf(value);
    return this.#b.binary("mul", value, this.#spread(this.#b.const(by, "f32"), shape));
  }

  #reshape(shape: readonly number[]): void {
    const b = this.#b;
    const value = this.#value(shape);
    if (shape.length > 1 && this.#below(2) === 0) {
      const order = shape.map((_, axis) => axis).toSorted(() => this.#random() - 0.5);
      this.#see(b.transpose(value, order));
      return;
    }
    const fits = shapes.filter((other) => sizeOf(other) === sizeOf(shape));
    this.#see(b.reshape(value, this.#pick(fits)));
  }

  #dot(): void {
    const b = this.#b;
    const pairs = [
      [
        [16, 16],
        [16, 16],
      ],
      [
        [32, 8],
        [8, 32],
      ],
      [
        [8, 32],
        [32, 8],
      ],
      [
        [64, 4],
        [4, 64],
      ],
      [
        [16, 1],
        [1, 16],
      ],
    ] as const;
    const [left, right] = this.#pick(pairs);
    const inner = left[1];
    const y = this.#below(2) === 0 ? b.transpose(this.#value([right[1], right[0]])) : this.#value(right);
    const product = this.#scaled(b.dot(this.#value(left), y), 1 / inner);
    this.#see(
      this.#below(2) === 0 ? b.binary("add", this.#value(b.typeOf(product).shape), product) : product,
    );
  }

  #broadcast(): void {
    const b = this.#b;
    const [from, to] = this.#pick([
      [[], [16, 16]],
      [
        [1, 16],
        [16, 16],
      ],
      [
        [16, 1],
        [16, 16],
      ],
      [
        [2, 1, 16],
        [2, 8, 16],
      ],
      [[], [4, 8, 4]],
    ] as const);
    this.#see(b.broadcast(this.#value(from), to));
  }

  /** Reads what was written, at another place, and writes it back: order matters. */
  #readWork(): void {
    const b = this.#b;
    const lanes = b.arange(0, 64);
    const reversed = b.binary("sub", this.#spread(b.const(63 + this.#below(128), "i32"), [64]), lanes);
    const value = b.load({ pointer: this.#work, offset: reversed });
    this.#see(value);
    this.#store(
      this.#work,
      this.#tame(b.binary("add", value, this.#value([64]))),
      b.const(this.#below(128), "i32"),
    );
  }

  #loop(depth: number): void {
    const b = this.#b;
    const carried = this.#carried();
    const lower = b.const(this.#below(2), "i32");
    const upper = this.#below(3) === 0 ? this.#foundBound() : this.#count;
    const results = this.#scoped(() =>
      b.forLoop({ lower, upper, step: 1 + this.#below(2) }, carried, (index, args) => {
        args.forEach((value) => this.#see(value));
        this.#see(this.#scaled(b.cast(index, "f32"), 0.1));
        this.#block(1 + this.#below(4), depth + 1);
        return args.map((value) => this.#value(b.typeOf(value).shape));
      }),
    );
    results.forEach((value) => this.#see(value));
  }

  #carried(): readonly { readonly init: ValueId; readonly label: string }[] {
    const count = 1 + this.#below(3);
    const shape = this.#pick(shapes);
    return Array.from({ length: count }, (_, place) => {
      const own = this.#below(2) === 0 ? shape : this.#pick(shapes);
      return { init: this.#value(own), label: `c${place}` };
    });
  }

  /** A loop bound that comes out of a reduction. */
  #foundBound(): ValueId {
    const b = this.#b;
    const numbers = b.load({ pointer: this.#n, offset: b.arange(0, 64) });
    return b.reduce("max", numbers, 0);
  }

  #branch(depth: number): void {
    const b = this.#b;
    const condition = b.binary("gt", this.#value([]), b.const(0, "f32"));
    const shape = this.#pick(shapes);
    const arm = (): readonly ValueId[] =>
      this.#scoped(() => {
        this.#block(1 + this.#below(3), depth + 1);
        return [this.#value(shape), this.#value([])];
      });
    b.ifElse(condition, { whenTrue: arm, whenFalse: arm }).forEach((value) => this.#see(value));
  }

  /** What is defined inside is not visible after. */
  #scoped<T>(make: () => T): T {
    const outer = this.#floats;
    this.#floats = new Map(
      Array.from(outer, ([key, { shape, values }]) => [key, { shape, values: [...values] }]),
    );
    const result = make();
    this.#floats = outer;
    return result;
  }

  #emitOutput(value: ValueId): void {
    const start = this.#outputs;
    this.#outputs += sizeOf(this.#b.typeOf(value).shape);
    this.#store(this.#out, value, this.#b.const(start, "i32"));
  }

  #store(pointer: ValueId, value: ValueId, start: ValueId): void {
    const b = this.#b;
    const { shape } = b.typeOf(value);
    b.store({ pointer, offset: b.binary("add", this.#indices(shape), this.#spread(start, shape)), value });
  }

  #see(value: ValueId): void {
    const type: TileType = this.#b.typeOf(value);
    const float: DType = "f32";
    if (type.dtype !== float) return;
    const key = type.shape.join("x");
    const entry = this.#floats.get(key) ?? { shape: type.shape, values: [] };
    entry.values.push(value);
    this.#floats.set(key, entry);
  }

  /** A value of this shape: one that is there, or a new one. */
  #value(shape: readonly number[]): ValueId {
    const known = this.#floats.get(shape.join("x"))?.values ?? [];
    if (known.length > 0 && this.#below(4) !== 0) return this.#pick(known.slice(-4));
    if (this.#below(3) === 0) return this.#spread(this.#b.const(this.#below(8) / 4 - 1, "f32"), shape);
    return this.#load(shape);
  }

  #pick<T>(from: readonly T[]): T {
    const item = from[this.#below(from.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }
}
