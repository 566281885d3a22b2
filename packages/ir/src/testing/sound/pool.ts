import type { Random } from "@tilebook/base";
import type { TileBuilder } from "../../builder.ts";
import type { DType } from "../../dtype.ts";
import { sameShape } from "../../infer.ts";
import type { ValueId } from "../../tile.ts";

/**
 * How far executors may disagree on a value.
 * - `small`: a float that is a multiple of 1/8 from -2 to 2, and the same everywhere: sums and products of it are exact
 * - `sure`: the same everywhere. Floats from -2 to 2; every whole number and bool is sure
 * - `near`: an f32 from -2 to 2 that is rounded in places. Nothing that jumps (a comparison, a sort, a cast to a whole
 *   number) may look at it, and whatever is computed from it moves by no more than it does
 */
export type Grade = "small" | "sure" | "near";

const rank: Readonly<Record<Grade, number>> = { small: 0, sure: 1, near: 2 };

/** The less certain of two grades. */
export function worse(a: Grade, b: Grade): Grade {
  return rank[a] < rank[b] ? b : a;
}

export type Shape = readonly number[];

/** Shapes with axes. Each kernel keeps to a few of them, so that its values meet. */
export const shapes: readonly Shape[] = [
  [1],
  [8],
  [64],
  [256],
  [512],
  [16, 16],
  [32, 8],
  [8, 32],
  [64, 4],
  [1, 16],
  [16, 1],
  [4, 8, 4],
  [2, 1, 16],
  [2, 2, 2, 4],
];

/** Where a fresh value comes from when there is none. */
export type Source = (dtype: DType, shape: Shape) => ValueId;

/** The values one can see at a place of the kernel that is being made, and the dice. */
export class Pool {
  readonly b: TileBuilder;
  readonly #shapes: readonly Shape[];
  readonly #random: Random;
  readonly #grades = new Map<ValueId, Grade>();
  #visible: ValueId[] = [];
  #source: Source = () => {
    throw new RangeError("no source");
  };

  constructor(b: TileBuilder, random: Random) {
    this.b = b;
    this.#random = random;
    this.#shapes = [this.pick(shapes), this.pick(shapes), this.pick(shapes)];
  }

  /** What `take` falls back on. */
  from(source: Source): void {
    this.#source = source;
  }

  get visible(): readonly ValueId[] {
    return this.#visible;
  }

  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** One of this kernel's shapes, now and then a scalar. */
  shape(): Shape {
    return this.below(6) === 0 ? [] : this.withAxes();
  }

  withAxes(): Shape {
    return this.pick(this.#shapes);
  }

  /** Notes how sure a value is, and makes it visible to later ops. */
  see(value: ValueId, grade: Grade = "sure"): ValueId {
    this.#grades.set(value, grade);
    this.#visible.push(value);
    return value;
  }

  gradeOf(value: ValueId): Grade {
    return this.#grades.get(value) ?? "sure";
  }

  /** A value of this type, at least as sure as `grade`: one that is there, or a new one. */
  take(dtype: DType, shape: Shape, grade: Grade = "near"): ValueId {
    const fits = this.#visible.filter((value) => {
      const type = this.b.typeOf(value);
      const sure = !isFloat(dtype) || rank[this.gradeOf(value)] <= rank[grade];
      return type.dtype === dtype && sure && sameShape(type.shape, shape);
    });
    if (fits.length > 0 && this.below(1 + 2 * fits.length) > 0) return this.pick(fits.slice(-6));
    return this.see(this.#source(dtype, shape), isFloat(dtype) ? "small" : "sure");
  }

  /** A constant of any shape; not one of the visible values. */
  full(shape: Shape, value: number, dtype: DType): ValueId {
    return this.b.full(shape, value, dtype);
  }

  /** `value` times a power of two, which is exact. */
  scaled(value: ValueId, by: number): ValueId {
    const { dtype, shape } = this.b.typeOf(value);
    return by === 1 ? value : this.b.binary("mul", value, this.full(shape, by, dtype));
  }

  /** The low bits of whole numbers, as many as `most` has. */
  masked(value: ValueId, most: number): ValueId {
    const { dtype, shape } = this.b.typeOf(value);
    return this.b.binary("and", value, this.full(shape, most, dtype));
  }

  /** What is seen inside is not visible after. */
  scoped<T>(make: () => T): T {
    const outer = this.#visible;
    this.#visible = [...outer];
    try {
      return make();
    } finally {
      this.#visible = outer;
    }
  }
}

export function isFloat(dtype: DType): boolean {
  return dtype === "f32" || dtype === "f16";
}
