import { sizeOf } from "../../infer.ts";
import type { ValueId } from "../../tile.ts";
import { isFloat, type Pool, type Shape, shapes } from "./pool.ts";

/** Ops that move elements, and those along an axis. */

const anyDType = ["f32", "f32", "f16", "i32", "u32", "bool"] as const;

/** Reshapes, transposes, repeats, puts side by side or cuts. */
export function move(pool: Pool): void {
  const { b } = pool;
  const shape = pool.withAxes();
  const x = pool.take(pool.pick(anyDType), shape);
  const grade = pool.gradeOf(x);
  const { dtype } = b.typeOf(x);
  const kind = pool.below(5);
  if (kind === 0) {
    const fits = [...shapes, [sizeOf(shape)]].filter((other) => sizeOf(other) === sizeOf(shape));
    pool.see(b.reshape(x, pool.pick(fits)), grade);
  } else if (kind === 1) pool.see(b.transpose(x, shuffled(pool, shape)), grade);
  else if (kind === 2) {
    const axis = pool.below(shape.length);
    pool.see(b.pick(x, axis, pool.below(shape[axis] ?? 1)), grade);
  } else if (kind === 3) {
    const grown = { value: b.join(x, pool.take(dtype, shape, grade)), shape: [...shape, 2] };
    pool.see(grown.value, grade);
    if (pool.below(2) === 0) pool.see(b.transpose(grown.value, shuffled(pool, grown.shape)), grade);
  } else {
    const thin = shape.map((size) => (pool.below(2) === 0 ? 1 : size));
    const from = pool.take(dtype, pool.below(4) === 0 ? [] : thin, grade);
    pool.see(b.broadcast(from, shape), pool.gradeOf(from));
  }
}

function shuffled(pool: Pool, shape: Shape): number[] {
  const left = shape.map((_, axis) => axis);
  return shape.map(() => left.splice(pool.below(left.length), 1)[0] ?? 0);
}

/** Elements by index along an axis: any index, or those of a sort. */
export function arrange(pool: Pool): void {
  const { b } = pool;
  const shape = pool.withAxes();
  const axis = pool.below(shape.length);
  const key = pool.take(pool.pick(["f32", "f16", "i32", "u32"] as const), shape, "sure");
  const x = pool.take(pool.pick(anyDType), shape);
  if (pool.below(2) === 0) {
    const order = pool.see(b.argsort(key, { axis, descending: pool.below(2) === 0 }));
    const sorted = pool.below(2) === 0 ? key : x;
    pool.see(b.gather(sorted, order, axis), pool.gradeOf(sorted));
    return;
  }
  const wanted = shape.with(axis, pool.pick([1, 8, shape[axis] ?? 1]));
  const index = pool.masked(pool.take("i32", wanted), (shape[axis] ?? 1) - 1);
  pool.see(b.gather(x, index, axis), pool.gradeOf(x));
}

export function reduce(pool: Pool): void {
  const { b } = pool;
  const shape = pool.withAxes();
  const axis = pool.below(shape.length);
  const size = shape[axis] ?? 1;
  const kind = pool.below(5);
  if (kind === 0) {
    const dtype = pool.pick(["i32", "u32"] as const);
    pool.see(b.reduce(pool.pick(["sum", "prod"] as const), pool.take(dtype, shape), axis));
  } else if (kind === 1) {
    const x = pool.take(pool.pick(["f32", "f16", "i32", "u32"] as const), shape, "sure");
    pool.see(b.reduce(pool.pick(["argmax", "argmin"] as const), x, axis));
  } else if (kind === 2) {
    const x = pool.take(pool.pick(["f32", "f16", "i32", "u32"] as const), shape);
    pool.see(b.reduce(pool.pick(["max", "min"] as const), x, axis), pool.gradeOf(x));
  } else if (kind === 3) {
    const x = pool.take(size <= 16 ? pool.pick(["f32", "f16"] as const) : "f32", shape);
    const grade = pool.gradeOf(x) === "small" ? "sure" : "near";
    // Halves are added up exactly when they are small and few.
    if (b.typeOf(x).dtype === "f16" && grade === "near") return;
    pool.see(pool.scaled(b.reduce("sum", x, axis), 1 / size), grade);
  } else {
    const half = pool.scaled(pool.take("f32", shape), 1 / 2);
    pool.see(pool.scaled(b.reduce("prod", half, axis), 1 / size), "near");
  }
}

const sizes: readonly (readonly [m: number, k: number, n: number])[] = [
  [16, 16, 16],
  [32, 8, 32],
  [8, 32, 8],
  [4, 64, 4],
  [16, 1, 16],
  [64, 4, 1],
];

/** Products of matrices: of floats (small ones exactly), of whole numbers modulo 2^32. */
export function dot(pool: Pool): void {
  const [m, k, n] = pool.pick(sizes);
  const dtype = pool.pick(["f32", "f32", "f16", "i32", "u32"] as const);
  const grade = dtype === "f16" ? "small" : "near";
  const left = pool.take(dtype, [m, k], grade);
  const turned = pool.below(2) === 0;
  const right = pool.take(dtype, turned ? [n, k] : [k, n], grade);
  const product = pool.b.dot(left, turned ? pool.b.transpose(right) : right);
  const added = isFloat(dtype) ? scaledProduct(pool, product, k) : product;
  const exact = [left, right].every((side) => pool.gradeOf(side) === "small");
  pool.see(added, !isFloat(dtype) || exact ? "sure" : "near");
}

/** At most 2, and no more than 1 for each of its two sides' moves. */
function scaledProduct(pool: Pool, product: ValueId, k: number): ValueId {
  return pool.scaled(product, 1 / (4 * k));
}
