import type { ArgsortOp } from "@tilebook/ir";
import type { Expr } from "../thread/ir.ts";
import { constant } from "../thread/simplify.ts";
import { takeFromCommon } from "./collect.ts";
import { type Context, layoutOf, now } from "./context.ts";
import { byFirstHolder, declareCommon } from "./elements.ts";
import { evaluate } from "./evaluate.ts";
import { exprOf, type Lanes, laneOf } from "./lanes.ts";
import { at, flatten, site, type Site } from "./site.ts";

/**
 * Counts, for each element, those that come before it: that is its rank, and nothing has to be moved in rounds. The
 * element's own place goes to its rank. n^2 comparisons on an axis of n, and one barrier.
 */
export function lowerArgsort(context: Context, op: ArgsortOp): void {
  const { emitter } = context;
  const { shape } = op.type;
  const layout = layoutOf(context, op.result, op.type);
  const common = declareCommon(context, { scalar: "i32", shape, purpose: "the order of a sort" });
  byFirstHolder(context, layout, (place) => {
    const own = place.coordinates[op.axis]?.lanes;
    if (own === undefined) return;
    const rank = rankOf(context, op, place, exprOf(emitter, own));
    const target = place.coordinates.with(op.axis, { lanes: rank });
    const index = flatten(context, target, shape).lanes;
    for (let lane = 0; lane < layout.width; lane++)
      emitter.set(common, laneOf(emitter, index, lane), laneOf(emitter, own, lane));
  });
  takeFromCommon(context, { value: op.result, type: op.type, label: op.label ?? "order" }, common);
}

function rankOf(context: Context, op: ArgsortOp, place: Site, own: Expr): Lanes {
  const { emitter } = context;
  const key = sortKey(context, op, place);
  const { width } = key.type.width > own.type.width ? key.type : own.type;
  const memory = emitter.declare({
    name: "rank",
    space: "function",
    type: { scalar: "i32", width },
    length: 0,
  });
  emitter.set(memory, undefined, emitter.int(0));
  const length = op.type.shape[op.axis] ?? 1;
  emitter.loop({ from: emitter.int(0), to: emitter.int(length), label: "j" }, (j) => {
    const other = sortKey(context, op, site(place.coordinates.with(op.axis, at(j))));
    const before = emitter.binary(op.descending ? "gt" : "lt", other, key);
    const equal = emitter.binary("eq", other, key);
    const earlier = emitter.binary("and", equal, emitter.binary("lt", j, own));
    const counts = emitter.select(emitter.binary("or", before, earlier), emitter.int(1), emitter.int(0));
    const rank = emitter.read(memory, undefined, now(context));
    emitter.set(memory, undefined, emitter.binary("add", rank, counts));
  });
  const value = emitter.read(memory, undefined, now(context));
  return value.type.width === 1 ? { kind: "same", value } : { kind: "vector", value };
}

/** Integers that compare as the values do: of floats the bits, turned so that NaN is last and -0 equals 0. */
function sortKey(context: Context, op: ArgsortOp, place: Site): Expr {
  const { emitter } = context;
  const value = exprOf(emitter, evaluate(context, op.input, place));
  if (value.type.scalar !== "f32") return value;
  const bits = emitter.bitcast(value, "u32");
  const sign = constant("u32", 2 ** 31);
  const size = emitter.binary("and", bits, constant("u32", 2 ** 31 - 1));
  const turned = emitter.binary("xor", bits, constant("u32", 2 ** 32 - 1));
  const ordered = emitter.select(emitter.binary("ge", bits, sign), turned, emitter.binary("or", bits, sign));
  const isZero = emitter.binary("eq", size, constant("u32", 0));
  const isNaN = emitter.binary("gt", size, constant("u32", 0x7f800000));
  const known = emitter.select(isZero, sign, ordered);
  return emitter.select(isNaN, constant("u32", 2 ** 32 - 1), known);
}
