import { type Random, seeded } from "@tilebook/base";
import { TileBuilder } from "../builder.ts";
import { bufferDTypes, type DType, dtypes, valueDType } from "../dtype.ts";
import { binaryDTypes, sizeOf, unaryDTypes } from "../infer.ts";
import { atomicNames, type BinaryName, type ReduceName, reduceNames, type UnaryName } from "../ops.ts";
import type { TileKernel, TileType, ValueId } from "../tile.ts";

/** For property tests: a valid kernel made of random ops of every kind. Same seed, same kernel. */
export function randomKernel(seed: number): TileKernel {
  return new RandomKernel(seeded(seed)).make();
}

const shapes: readonly (readonly number[])[] = [[], [4], [2, 4], [4, 4], [1, 8], [2, 1, 2]];
const numbers: readonly number[] = [0, -0, 1, -2.5, 1e-30, 3.4e38, Infinity, -Infinity, NaN, 0.1];
const unaries = Object.keys(unaryDTypes) as UnaryName[];
const binaries = Object.keys(binaryDTypes) as BinaryName[];

class RandomKernel {
  readonly #random: Random;
  readonly #builder: TileBuilder;
  readonly #pointers: ValueId[] = [];
  #visible: ValueId[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#builder = new TileBuilder("random", this.#note().span);
  }

  make(): TileKernel {
    for (const dtype of bufferDTypes) this.#pointers.push(this.#builder.pointer(`p_${dtype}`, dtype));
    this.#see(this.#builder.scalar("n", "i32"), this.#builder.scalar("s", "f32"));
    this.#block(6 + this.#below(20), 0);
    return this.#builder.finish();
  }

  #block(count: number, depth: number): void {
    for (let i = 0; i < count; i++) this.#op(depth);
  }

  #op(depth: number): void {
    const b = this.#builder;
    const type = this.#type();
    const note = this.#note();
    const kind = this.#below(depth < 3 ? 23 : 21);
    if (kind === 0) this.#see(b.programId(this.#axis(), note), b.numPrograms(this.#axis(), note));
    if (kind === 1) this.#see(b.arange(-2, 2, note));
    if (kind === 2) this.#see(b.broadcast(this.#value({ ...type, shape: [] }), type.shape, note));
    if (kind === 3) this.#see(b.reshape(this.#value(type), [1, sizeOf(type.shape), 1], note));
    if (kind === 4) this.#see(b.transpose(this.#value(type), undefined, note));
    if (kind === 5) this.#unary(type);
    if (kind === 6) this.#binary(type);
    if (kind === 7) {
      const condition = this.#value({ dtype: "bool", shape: type.shape });
      this.#see(b.select({ condition, yes: this.#value(type), no: this.#value(type) }, note));
    }
    if (kind === 8) this.#see(b.cast(this.#value(type), this.#pick(dtypes), note));
    if (kind === 9) this.#load(type);
    if (kind === 10) this.#store(type);
    if (kind === 11)
      this.#see(
        b.dot(
          this.#value({ dtype: "f32", shape: [2, 4] }),
          this.#value({ dtype: "f32", shape: [4, 4] }),
          note,
        ),
      );
    if (kind === 12) {
      const op: ReduceName = this.#pick(reduceNames);
      this.#see(
        b.reduce(op, this.#value({ dtype: this.#pick(["f32", "i32"]), shape: [2, 4] }), this.#below(2), note),
      );
    }
    if (kind > 12 && kind < 21) this.#newer(kind, type);
    if (kind === 21) this.#loop(type, depth);
    if (kind === 22) this.#branch(type, depth);
  }

  #newer(kind: number, type: TileType): void {
    const b = this.#builder;
    const note = this.#note();
    const square = { dtype: type.dtype, shape: [4, 4] };
    if (kind === 13) {
      const input = this.#value({ ...type, dtype: this.#pick(["f32", "i32", "u32"]) });
      this.#see(b.bitcast(input, this.#pick(["f32", "i32", "u32"]), note));
    }
    if (kind === 14) this.#see(b.join(this.#value(type), this.#value(type), note));
    if (kind === 15) this.#see(b.pick(this.#value(square), this.#below(2), this.#below(4), note));
    if (kind === 16) {
      const index = this.#value({ dtype: "i32", shape: [4, 4] });
      this.#see(b.gather(this.#value(square), index, this.#below(2), note));
    }
    if (kind === 17) {
      const input = this.#value({ dtype: this.#pick(["f32", "u32"]), shape: [4, 4] });
      this.#see(b.argsort(input, { axis: this.#below(2), descending: this.#below(2) === 0 }, note));
    }
    if (kind === 18) this.#atomic(type);
    if (kind === 19) this.#combine();
    if (kind === 20) this.#say(type);
  }

  #atomic({ shape }: TileType): void {
    const dtype = this.#pick(["i32", "u32"] as const);
    const pointer = this.#pick(this.#pointers.filter((item) => this.#builder.pointee(item) === dtype));
    const op = this.#pick(atomicNames);
    const value = this.#value({ dtype, shape });
    const compare = op === "cas" ? this.#value({ dtype, shape }) : undefined;
    const offset = this.#value({ dtype: "i32", shape });
    const mask = this.#maybe({ dtype: "bool", shape });
    this.#see(this.#builder.atomic({ op, pointer, offset, value, compare, mask }, this.#note()));
  }

  /** A sum and a product side by side, or one of them, as a fold or a scan. */
  #combine(): void {
    const b = this.#builder;
    const sorts = this.#below(2) === 0 ? (["f32"] as const) : (["i32", "f32"] as const);
    const inputs = sorts.map((dtype) => this.#value({ dtype, shape: [2, 4] }));
    const { span, label } = this.#note();
    const note = { span, labels: [label] };
    const body = (left: readonly ValueId[], right: readonly ValueId[]) =>
      left.map((value, at) => b.binary(at === 0 ? "add" : "mul", value, right[at] ?? value, { span }));
    const axis = this.#below(2);
    if (this.#below(2) === 0) this.#see(...b.fold({ inputs, axis }, body, note));
    else this.#see(...b.scan({ inputs, axis, reverse: this.#below(2) === 0 }, body, note));
  }

  #say(type: TileType): void {
    const note = this.#note();
    const bools = { dtype: "bool" as const, shape: type.shape };
    if (this.#below(2) === 0)
      this.#builder.print({ text: 'a "b"\n%3', value: this.#value(type), mask: this.#maybe(bools) }, note);
    else
      this.#builder.assert(this.#value(bools), "größer, than", {
        ...note,
        ...(this.#below(2) === 0 ? { turns: true } : {}),
      });
  }

  #unary(type: TileType): void {
    const op = this.#pick(unaries);
    const input = this.#value({ dtype: this.#pick(unaryDTypes[op]), shape: type.shape });
    this.#see(this.#builder.unary(op, input, this.#note()));
  }

  #binary(type: TileType): void {
    const op = this.#pick(binaries);
    const sides = { dtype: this.#pick(binaryDTypes[op]), shape: type.shape };
    this.#see(this.#builder.binary(op, this.#value(sides), this.#value(sides), this.#note()));
  }

  #load({ shape }: TileType): void {
    const pointer = this.#pick(this.#pointers);
    const offset = this.#value({ dtype: "i32", shape });
    const mask = this.#maybe({ dtype: "bool", shape });
    const other = this.#maybe({ dtype: valueDType(this.#builder.pointee(pointer)), shape });
    this.#see(this.#builder.load({ pointer, offset, mask, other }, this.#note()));
  }

  #store({ shape }: TileType): void {
    const pointer = this.#pick(this.#pointers);
    const offset = this.#value({ dtype: "i32", shape });
    const value = this.#value({ dtype: valueDType(this.#builder.pointee(pointer)), shape });
    this.#builder.store(
      { pointer, offset, value, mask: this.#maybe({ dtype: "bool", shape }) },
      this.#note(),
    );
  }

  #loop(type: TileType, depth: number): void {
    const index: TileType = { dtype: "i32", shape: [] };
    const { label, span } = this.#note();
    const head = {
      lower: this.#value(index),
      upper: this.#value(index),
      step: 1 + this.#below(9),
      indexLabel: label,
      span,
    };
    const goesOn = this.#below(3) === 0;
    const carried = Array.from({ length: this.#below(3) }, () => ({
      init: this.#value(type),
      label: this.#note().label,
      goesOn: false,
    }));
    const bool: TileType = { dtype: "bool", shape: [] };
    if (goesOn) carried.push({ init: this.#value(bool), label: "go", goesOn });
    const results = this.#builder.forLoop(head, carried, (at, args) =>
      this.#nested([at, ...args], () => {
        this.#block(1 + this.#below(4), depth + 1);
        return args.map((argument, place) =>
          this.#below(2) === 0 ? argument : this.#value(carried[place]?.goesOn === true ? bool : type),
        );
      }),
    );
    this.#see(...results);
  }

  #branch(type: TileType, depth: number): void {
    const count = this.#below(3);
    const arm = () =>
      this.#nested([], () => {
        this.#block(this.#below(4), depth + 1);
        return Array.from({ length: count }, () => this.#value(type));
      });
    const condition = this.#value({ dtype: "bool", shape: [] });
    const { span, label } = this.#note();
    const arms = { whenTrue: arm, whenFalse: arm };
    this.#see(...this.#builder.ifElse(condition, arms, { span, labels: [label] }));
  }

  #nested<T>(values: readonly ValueId[], make: () => T): T {
    const outer = this.#visible;
    this.#visible = [...outer, ...values];
    const result = make();
    this.#visible = outer;
    return result;
  }

  /** A visible value of this type, or a fresh constant tile. */
  #value(type: TileType): ValueId {
    const fits = this.#visible.filter((value) => {
      const own = this.#builder.typeOf(value);
      return own.dtype === type.dtype && own.shape.join() === type.shape.join();
    });
    if (fits.length > 0 && this.#below(4) > 0) return this.#pick(fits);
    const value = this.#builder.full(type.shape, this.#constant(type.dtype), type.dtype, this.#note());
    this.#see(value);
    return value;
  }

  #maybe(type: TileType): ValueId | undefined {
    return this.#below(2) === 0 ? undefined : this.#value(type);
  }

  #constant(dtype: DType): number {
    return dtype === "f32" || dtype === "f16" ? this.#pick(numbers) : this.#below(2);
  }

  #type(): TileType {
    return { dtype: this.#pick(dtypes), shape: this.#pick(shapes) };
  }

  #note(): {
    readonly label: string | undefined;
    readonly span: { source: string; start: number; end: number } | undefined;
  } {
    const start = this.#below(100);
    const label = this.#below(2) === 0 ? undefined : this.#pick(["x", "sum", "größe", "$t"]);
    return { label, span: this.#below(2) === 0 ? undefined : { source: "cell", start, end: start + 3 } };
  }

  #axis(): 0 | 1 | 2 {
    return this.#pick([0, 1, 2] as const);
  }

  #see(...values: readonly ValueId[]): void {
    this.#visible.push(...values);
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }
}
