import type { ReduceName } from "@tilebook/ir";
import type { Expr } from "../thread/ir.ts";
import { constantLike } from "../thread/simplify.ts";
import type { Emitter } from "./emitter.ts";

/**
 * The running state of a reduction: the best or the sum so far and, for argmax, where it was found.
 * Both are vectors while four neighbours are folded at once.
 */
export interface Fold {
  readonly value: Expr;
  readonly index?: Expr;
}

const combiners: Record<Exclude<ReduceName, "argmax" | "argmin">, "add" | "mul" | "min" | "max"> = {
  sum: "add",
  prod: "mul",
  max: "max",
  min: "min",
};

/** For argmax and argmin: which of two values is better. */
export function isPlace(op: ReduceName): op is "argmax" | "argmin" {
  return op === "argmax" || op === "argmin";
}

/**
 * What the fold starts from at an element. A NaN is never chosen by argmax or argmin: it counts as the last choice of
 * all, which WGSL's max and min make of it.
 */
export function foldOf(emitter: Emitter, op: ReduceName, value: Expr, place: () => Expr): Fold {
  if (!isPlace(op)) return { value };
  const index = place();
  if (value.type.scalar !== "f32") return { value, index };
  const [better, last] = op === "argmax" ? (["max", -Infinity] as const) : (["min", Infinity] as const);
  return { value: emitter.binary(better, value, constantLike(value.type, last)), index };
}

/** Folds two states into one. For argmax and argmin the first of equals wins, in whichever order they come. */
export function combine(emitter: Emitter, op: ReduceName, a: Fold, b: Fold): Fold {
  if (!isPlace(op)) return { value: emitter.binary(combiners[op], a.value, b.value) };
  if (a.index === undefined || b.index === undefined) return a;
  const greater = emitter.binary(op === "argmax" ? "gt" : "lt", b.value, a.value);
  const equal = emitter.binary("eq", b.value, a.value);
  const earlier = emitter.binary("lt", b.index, a.index);
  const better = emitter.binary("or", greater, emitter.binary("and", equal, earlier));
  return { value: emitter.select(better, b.value, a.value), index: emitter.select(better, b.index, a.index) };
}

/** The four lanes of a state as one. */
export function foldLanes(emitter: Emitter, op: ReduceName, fold: Fold): Fold {
  if (fold.value.type.width === 1) return fold;
  const lane = (index: number): Fold => ({
    value: emitter.lane(fold.value, index),
    ...(fold.index === undefined ? {} : { index: emitter.lane(fold.index, index) }),
  });
  const pairs = [combine(emitter, op, lane(0), lane(1)), combine(emitter, op, lane(2), lane(3))] as const;
  return combine(emitter, op, pairs[0], pairs[1]);
}
