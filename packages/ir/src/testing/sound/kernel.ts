import { seeded } from "@tilebook/base";
import { TileBuilder } from "../../builder.ts";
import type { DType } from "../../dtype.ts";
import type { TileKernel, ValueId } from "../../tile.ts";
import { combineAlong } from "./combine.ts";
import { Memory, type SoundArgument } from "./memory.ts";
import { choose, convert, exactFloat, nearFloat, truths, wholeNumbers } from "./numbers.ts";
import { Pool } from "./pool.ts";
import { arrange, dot, move, reduce } from "./shapes.ts";

/** A kernel and a launch of it, on which every executor must agree. */
export interface SoundKernel {
  readonly kernel: TileKernel;
  readonly grid: readonly [number, number, number];
  readonly arguments: readonly SoundArgument[];
}

export interface SoundOptions {
  /** Most buffers of a kernel (from 3 to 13): 7, so that there is room for one with messages. */
  readonly buffers?: number | undefined;
  /** Prints, and asserts that hold; they take room for a buffer of messages. On by default. */
  readonly messages?: boolean | undefined;
}

/** How far a float may be off that is computed by way of rounding: see `Grade`. */
export const nearBound = 1e-4;

/**
 * For property tests: a valid kernel of random ops of every kind, with loops, branches and atomics, whose result does not
 * depend on who runs it: whole numbers, bools and exact floats are equal, the rest within `nearBound`. No load or store
 * leaves its buffer, no program races with another, no number is NaN or infinite. Same seed and options, same kernel.
 */
export function soundKernel(seed: number, options: SoundOptions = {}): SoundKernel {
  return new SoundMaker(seed, options).make();
}

/** What is wrong with a buffer after a launch, if anything is; `wanted` is what another executor has there. */
export function mismatch(
  argument: SoundArgument,
  seen: ArrayLike<number>,
  wanted: ArrayLike<number>,
): string | undefined {
  if (typeof argument === "number") return undefined;
  const bound = argument.compare === "near" ? nearBound : 0;
  for (let place = 0; place < wanted.length; place++) {
    const [left = Number.NaN, right = Number.NaN] = [seen[place], wanted[place]];
    if (Math.abs(left - right) <= bound) continue;
    return `element ${place} of a buffer of ${argument.dtype} is ${left}, not ${right}`;
  }
  return undefined;
}

const grids = [
  [1, 1, 1],
  [2, 1, 1],
  [1, 2, 1],
  [2, 2, 1],
  [1, 1, 2],
  [3, 1, 1],
  [1, 1, 1],
] as const;

const scalar: DType = "i32";

class SoundMaker {
  readonly #pool: Pool;
  readonly #memory: Memory;
  readonly #grid: readonly [number, number, number];
  readonly #messages: boolean;
  readonly #count: ValueId;

  constructor(seed: number, options: SoundOptions) {
    const builder = new TileBuilder("sound");
    const pool = new Pool(builder, seeded(seed * 7919 + 1));
    this.#pool = pool;
    this.#messages = options.messages ?? true;
    this.#grid = pool.pick(grids);
    const [x, y, z] = this.#grid;
    let program: ValueId | undefined;
    const room = {
      buffers: options.buffers ?? 7,
      programs: x * y * z,
      program: () => (program ??= this.#programNumber()),
    };
    this.#memory = new Memory(pool, room);
    pool.from((dtype, shape) => this.#memory.fresh(dtype, shape));
    room.program();
    this.#count = pool.see(this.#memory.scalar("count", scalar, 5));
    pool.see(this.#memory.scalar("s", "f32", 0.75), "small");
    pool.see(this.#memory.scalar("u", "u32", 3_000_000_019));
  }

  make(): SoundKernel {
    const pool = this.#pool;
    this.#block(8 + pool.below(14), 0);
    for (const value of this.#last()) this.#memory.emit(value);
    return { kernel: pool.b.finish(), grid: this.#grid, arguments: this.#memory.arguments };
  }

  #block(count: number, depth: number): void {
    for (let i = 0; i < count; i++) this.#op(depth);
  }

  #op(depth: number): void {
    const pool = this.#pool;
    const makers = [exactFloat, nearFloat, nearFloat, choose, wholeNumbers, truths, convert, move];
    const heavier = [arrange, reduce, dot, combineAlong];
    const kind = pool.below(depth < 2 ? 19 : 16);
    if (kind < 8) makers[kind]?.(pool);
    else if (kind < 12) heavier[kind - 8]?.(pool);
    else if (kind < 16) this.#remember(kind);
    else if (kind < 18) this.#loop(depth);
    else this.#branch(depth);
  }

  /** Ops that go to memory or say something. */
  #remember(kind: number): void {
    if (kind === 12) this.#memory.work();
    else if (kind === 13) this.#memory.meet();
    else if (kind === 14) this.#memory.alone();
    else if (this.#messages && this.#pool.below(4) === 0) this.#say();
  }

  #say(): void {
    const pool = this.#pool;
    const { b } = pool;
    const value = pool.take(pool.pick(["f32", "f16", "i32", "u32", "bool"] as const), pool.shape(), "small");
    const { shape } = b.typeOf(value);
    if (pool.below(2) === 0)
      b.print({
        text: "value",
        value,
        ...(pool.below(2) === 0 ? { mask: pool.take("bool", shape) } : {}),
      });
    else b.assert(b.binary("eq", value, value), "a value is itself");
  }

  #programNumber(): ValueId {
    const { b } = this.#pool;
    const [x, y, z] = [b.programId(0), b.programId(1), b.programId(2)];
    const row = b.binary("add", b.binary("mul", z, b.numPrograms(1)), y);
    return this.#pool.see(b.binary("add", b.binary("mul", row, b.numPrograms(0)), x));
  }

  #loop(depth: number): void {
    const pool = this.#pool;
    const { b } = pool;
    const lower = b.const(pool.below(2), scalar);
    const known = pool.below(3) > 0;
    const upper = known ? this.#count : pool.masked(pool.take(scalar, []), 3);
    const carried = Array.from({ length: 1 + pool.below(3) }, () => this.#carriedType());
    const inits = carried.map(({ dtype, shape }) => ({ init: pool.take(dtype, shape), goesOn: false }));
    if (pool.below(3) === 0) {
      carried.push({ dtype: "bool", shape: [] });
      inits.push({ init: pool.take("bool", []), goesOn: true });
    }
    const head = { lower, upper, step: 1 + pool.below(2) };
    const results = pool.scoped(() =>
      b.forLoop(head, inits, (index, args) => {
        pool.see(index);
        this.#seeCarried(args);
        this.#block(1 + pool.below(4), depth + 1);
        return carried.map(({ dtype, shape }) => pool.take(dtype, shape));
      }),
    );
    this.#seeCarried(results);
  }

  #carriedType(): { readonly dtype: DType; readonly shape: readonly number[] } {
    const pool = this.#pool;
    return {
      dtype: pool.pick(["f32", "f32", "f16", "i32", "u32", "bool"] as const),
      shape: pool.shape(),
    };
  }

  /** What a loop carries may have been anything of its dtype. */
  #seeCarried(values: readonly ValueId[]): void {
    const { b } = this.#pool;
    for (const value of values) this.#pool.see(value, b.typeOf(value).dtype === "f32" ? "near" : "sure");
  }

  #branch(depth: number): void {
    const pool = this.#pool;
    const condition = pool.take("bool", []);
    const types = Array.from({ length: pool.below(3) }, () => this.#carriedType());
    const arm = (): readonly ValueId[] =>
      pool.scoped(() => {
        this.#block(1 + pool.below(3), depth + 1);
        if (pool.below(2) === 0) this.#memory.emit(pool.pick(pool.visible));
        return types.map(({ dtype, shape }) => pool.take(dtype, shape));
      });
    this.#seeCarried(pool.b.ifElse(condition, { whenTrue: arm, whenFalse: arm }));
  }

  /** The last value of each type, of the latest types. */
  #last(): ValueId[] {
    const { b } = this.#pool;
    const byType = new Map<string, ValueId>();
    for (const value of this.#pool.visible) {
      const { dtype, shape } = b.typeOf(value);
      const key = `${dtype} ${shape.join("x")}`;
      byType.set(key, value);
    }
    return Array.from(byType.values()).slice(-10);
  }
}
