import {
  type BufferDType,
  type DType,
  isPacked,
  type PackedDType,
  packedDTypes,
  packedInfo,
  valueDType,
} from "../../dtype.ts";
import { sizeOf } from "../../infer.ts";
import type { AtomicName } from "../../ops.ts";
import type { ValueId } from "../../tile.ts";
import { isFloat, type Pool, type Shape } from "./pool.ts";

/** What a launch of the kernel gets: a number, or a buffer and how its elements are compared afterwards. */
export type SoundArgument =
  | number
  | {
      readonly dtype: BufferDType;
      readonly values: Float64Array;
      readonly compare: "same" | "near" | "untouched";
    };

/** Elements of every buffer that is only read. */
const inputSize = 1024;
/** Elements that each program has in a buffer it stores to; odd, so that programs share words of packed ones. */
const outputSize = 2047;
const workSize = 512;
const binCount = 64;

/** What a kernel may have besides floats that come in, and floats and whole numbers that go out. */
const families = [
  "in_i32",
  "in_u32",
  "in_f16",
  "in_bool",
  "in_packed",
  "out_f16",
  "out_packed",
  "bins",
  "cells",
  "work",
] as const;
type Family = (typeof families)[number];

const edges: readonly number[] = [
  0,
  1,
  2,
  3,
  5,
  7,
  -1,
  -2,
  -8,
  31,
  32,
  33,
  65_535,
  65_537,
  2 ** 31 - 1,
  -(2 ** 31),
];

interface Buffer {
  readonly pointer: ValueId;
  cursor: number;
}

type Content = (pool: Pool) => number;

const eighths: Content = (pool) => (pool.below(33) - 16) / 8 + 0;
const wholes: Content = (pool) =>
  pool.below(3) === 0 ? pool.pick(edges) : Math.floor((pool.below(2 ** 16) - 2 ** 15) * 1.37);

/** What lies in an input buffer of each dtype. */
function contentOf(dtype: BufferDType): Content {
  if (dtype === "f32" || dtype === "f16") return eighths;
  if (dtype === "bool") return (pool) => pool.below(2);
  if (dtype === "u32") return (pool) => wholes(pool) >>> 0;
  if (!isPacked(dtype)) return wholes;
  const { bits, signed } = packedInfo[dtype];
  return (pool) => pool.below(2 ** bits) - (signed ? 2 ** (bits - 1) : 0);
}

/**
 * The buffers of a kernel that is being made, and every way to go to them without leaving them. Which kinds of buffers it
 * may have is drawn at the start; they are made when they are first used.
 */
export class Memory {
  readonly #pool: Pool;
  readonly #families: ReadonlySet<Family>;
  readonly #buffers = new Map<string, Buffer>();
  readonly #programs: number;
  readonly #program: () => ValueId;
  readonly arguments: SoundArgument[] = [];
  readonly #packedIn: PackedDType;
  readonly #packedOut: PackedDType;
  readonly #meeting: { readonly op: AtomicName; readonly dtype: "i32" | "u32" };
  readonly #alone: "i32" | "u32";
  readonly #worked: "f32" | "i32";

  constructor(
    pool: Pool,
    room: { readonly buffers: number; readonly programs: number; readonly program: () => ValueId },
  ) {
    this.#pool = pool;
    this.#programs = room.programs;
    this.#program = room.program;
    const left = [...families];
    const drawn = Array.from({ length: room.buffers - 3 }, () => left.splice(pool.below(left.length), 1));
    this.#families = new Set(drawn.flat());
    this.#packedIn = pool.pick(packedDTypes);
    this.#packedOut = pool.pick(packedDTypes);
    this.#meeting = {
      op: pool.pick(["add", "max", "min", "and", "or", "xor"] as const),
      dtype: pool.pick(["i32", "u32"] as const),
    };
    this.#alone = pool.pick(["i32", "u32"] as const);
    this.#worked = pool.pick(["f32", "i32"] as const);
  }

  /** A number that is given at launch. */
  scalar(name: string, dtype: DType, value: number): ValueId {
    this.arguments.push(value);
    return this.#pool.b.scalar(name, dtype);
  }

  /** A fresh value: loaded, counted or constant. Floats are multiples of 1/8 from -2 to 2. */
  fresh(dtype: DType, shape: Shape): ValueId {
    const pool = this.#pool;
    if (pool.below(5) === 0) return this.#constant(dtype, shape);
    if (dtype === "f32") return this.#load("f32", shape);
    if (dtype === "i32" && this.#families.has("in_packed") && pool.below(2) === 0)
      return this.#load(this.#packedIn, shape);
    return this.#families.has(`in_${dtype}`) ? this.#load(dtype, shape) : this.#counted(dtype, shape);
  }

  /** Stores a tile where no other store of the kernel goes, by one of the ways there are for its dtype. */
  emit(value: ValueId): void {
    const pool = this.#pool;
    const { b } = pool;
    const { dtype } = b.typeOf(value);
    if (dtype === "f16" && this.#families.has("out_f16")) return this.#put("f16", value, "same");
    if (isFloat(dtype)) return this.#put("f32", dtype === "f32" ? value : b.cast(value, "f32"), "near");
    const whole = dtype === "i32" ? value : b.cast(value, "i32");
    const packed = this.#families.has("out_packed") && pool.below(2) === 0;
    this.#put(packed ? this.#packedOut : "i32", whole, "same");
  }

  #put(dtype: BufferDType, value: ValueId, compare: "same" | "near"): void {
    const { b } = this.#pool;
    const { shape } = b.typeOf(value);
    const size = outputSize * this.#programs;
    const buffer = this.#buffer(`out_${dtype}`, dtype, { size, fill: () => 0, compare });
    if (buffer.cursor + sizeOf(shape) > outputSize) return;
    const start = this.#own(outputSize, buffer.cursor);
    buffer.cursor += sizeOf(shape) + (isPacked(dtype) ? this.#pool.below(3) : 0);
    b.store({ pointer: buffer.pointer, offset: this.#at(shape, start), value, mask: this.#mask(shape) });
  }

  /** Stores to and loads from one small piece of memory, again and again: order matters. */
  work(): void {
    const pool = this.#pool;
    if (!this.#families.has("work")) return;
    const dtype = this.#worked;
    const shape = pool.shape();
    const size = workSize * this.#programs;
    const compare = dtype === "f32" ? "near" : "same";
    const { pointer } = this.#buffer(`work_${dtype}`, dtype, { size, fill: () => 0, compare });
    const start = (): ValueId => this.#own(workSize, pool.below(workSize - sizeOf(shape) + 1));
    const [to, from] = [this.#at(shape, start()), this.#at(shape, start())];
    pool.b.store({ pointer, offset: to, value: pool.take(dtype, shape), mask: this.#mask(shape) });
    const value = pool.b.load({ pointer, offset: from, mask: this.#mask(shape) });
    pool.see(value, dtype === "f32" ? "near" : "sure");
  }

  /** Atomics that meet, all of one kind and without looking at what they give: the order is all the same. */
  meet(): void {
    const pool = this.#pool;
    if (!this.#families.has("bins")) return;
    const { op, dtype } = this.#meeting;
    const about = { size: binCount, fill: contentOf(dtype), compare: "same" } as const;
    const { pointer } = this.#buffer(`bins_${dtype}`, dtype, about);
    const shape = pool.shape();
    const offset = pool.masked(pool.take("i32", shape), binCount - 1);
    pool.b.atomic({ op, pointer, offset, value: pool.take(dtype, shape), mask: this.#mask(shape) });
  }

  /** Atomics of which each element has its place alone, so that what they give is known. */
  alone(): void {
    const pool = this.#pool;
    if (!this.#families.has("cells")) return;
    const dtype = this.#alone;
    const fill: Content = () => pool.below(3);
    const about = { size: workSize * this.#programs, fill, compare: "same" } as const;
    const { pointer } = this.#buffer(`cells_${dtype}`, dtype, about);
    const op = pool.pick(["add", "max", "xor", "exchange", "cas", "cas"] as const);
    const shape = pool.shape();
    const offset = this.#at(shape, this.#own(workSize, pool.below(workSize - sizeOf(shape) + 1)));
    const compare = op === "cas" ? pool.masked(pool.take(dtype, shape), 1) : undefined;
    const value = pool.take(dtype, shape);
    pool.see(pool.b.atomic({ op, pointer, offset, value, compare, mask: this.#mask(shape) }));
  }

  #constant(dtype: DType, shape: Shape): ValueId {
    const pool = this.#pool;
    const number = isFloat(dtype) ? eighths(pool) : contentOf(dtype)(pool);
    return pool.full(shape, number, dtype);
  }

  #counted(dtype: DType, shape: Shape): ValueId {
    const pool = this.#pool;
    const { b } = pool;
    if (dtype === "f16") return b.cast(this.#load("f32", shape), "f16");
    const by = pool.full(shape, pool.pick([1, 3, 7, 0x3779b9]), "i32");
    const start = pool.full(shape, pool.pick([0, 5, -12]), "i32");
    const counted = b.binary("add", b.binary("mul", this.#indices(shape), by), start);
    if (dtype === "bool") return b.binary("lt", counted, pool.full(shape, pool.below(32), "i32"));
    return dtype === "u32" ? b.bitcast(counted, "u32") : counted;
  }

  #load(dtype: BufferDType, shape: Shape): ValueId {
    const pool = this.#pool;
    const about = { size: inputSize, fill: contentOf(dtype), compare: "untouched" } as const;
    const { pointer } = this.#buffer(`in_${dtype}`, dtype, about);
    const offset = this.#somewhere(shape);
    const mask = this.#mask(shape);
    const given = mask !== undefined && pool.below(2) === 0;
    const other = given ? this.#constant(valueDType(dtype), shape) : undefined;
    return pool.b.load({ pointer, offset, mask, other });
  }

  /** Offsets into an input: in a row, with a stride, or anywhere. */
  #somewhere(shape: Shape): ValueId {
    const pool = this.#pool;
    const { b } = pool;
    const how = pool.below(6);
    const known = how === 0 ? this.#knownIndex(shape) : undefined;
    if (known !== undefined) return pool.masked(known, inputSize - 1);
    const stride = how === 1 ? 2 : 1;
    const start = pool.full(shape, pool.below(inputSize - stride * sizeOf(shape) + 1), "i32");
    const indices = this.#indices(shape);
    const steps = stride === 1 ? indices : b.binary("mul", indices, pool.full(shape, stride, "i32"));
    return b.binary("add", steps, start);
  }

  /** Whole numbers that are there already (a new one would be loaded, and so on). */
  #knownIndex(shape: Shape): ValueId | undefined {
    const { b, visible } = this.#pool;
    return visible.findLast((value) => {
      const type = b.typeOf(value);
      return type.dtype === "i32" && type.shape.join() === shape.join();
    });
  }

  /** Row-major places of a tile from `start` on, forwards or backwards. */
  #at(shape: Shape, start: ValueId): ValueId {
    const pool = this.#pool;
    const { b } = pool;
    const spread = shape.length === 0 ? start : b.broadcast(start, shape);
    if (pool.below(3) > 0) return b.binary("add", this.#indices(shape), spread);
    const last = pool.full(shape, sizeOf(shape) - 1, "i32");
    return b.binary("add", b.binary("sub", last, this.#indices(shape)), spread);
  }

  #indices(shape: Shape): ValueId {
    const { b } = this.#pool;
    if (shape.length === 0) return b.const(0, "i32");
    const indices = b.arange(0, sizeOf(shape));
    return shape.length === 1 ? indices : b.reshape(indices, shape);
  }

  #mask(shape: Shape): ValueId | undefined {
    const pool = this.#pool;
    if (pool.below(4) > 0) return undefined;
    const limit = pool.full(shape, pool.below(sizeOf(shape) + 1), "i32");
    return pool.b.binary(pool.pick(["lt", "ge"] as const), this.#indices(shape), limit);
  }

  /** A place in the piece of a buffer that is this program's own. */
  #own(size: number, place: number): ValueId {
    const { b } = this.#pool;
    const start = b.binary("mul", this.#program(), b.const(size, "i32"));
    return b.binary("add", start, b.const(place, "i32"));
  }

  #buffer(
    name: string,
    dtype: BufferDType,
    about: {
      readonly size: number;
      readonly fill: Content;
      readonly compare: "same" | "near" | "untouched";
    },
  ): Buffer {
    const known = this.#buffers.get(name);
    if (known !== undefined) return known;
    const values = new Float64Array(about.size);
    for (let place = 0; place < values.length; place++) values[place] = about.fill(this.#pool);
    const buffer = { pointer: this.#pool.b.pointer(name, dtype), cursor: 0 };
    this.arguments.push({ dtype, values, compare: about.compare });
    this.#buffers.set(name, buffer);
    return buffer;
  }
}
