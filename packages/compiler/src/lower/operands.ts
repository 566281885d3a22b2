import type { ValueId } from "@tilebook/ir";
import type { Expr } from "../thread/ir.ts";
import type { Context } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { exprOf, type Lanes, lanesOf } from "./lanes.ts";
import type { Coordinate, Site } from "./site.ts";

/** Four numbers from 4 * chunk on. */
export function runAt(context: Context, chunk: Expr): Coordinate {
  const base = context.emitter.binary("mul", chunk, context.emitter.int(4));
  return { lanes: { kind: "run", base, step: 1 }, chunk };
}

/** The value with this number; what it takes is written when it is asked for. */
export type Operand = (index: number) => Lanes;

/**
 * Values at places that are the same for all threads of the workgroup, numbered from 0: the threads of a subgroup read one
 * each and hand it on. Nothing where that is not wanted, or the subgroup does not fit; `value` must be one that any thread
 * can compute anywhere. `placeAt` gives the place with this number.
 */
export function handedOn(
  context: Context,
  value: ValueId,
  count: number,
  placeAt: (index: Expr) => Site,
  read: (value: ValueId, place: Site) => Expr = (operand, place) =>
    exprOf(context.emitter, evaluate(context, operand, place)),
): Operand | undefined {
  const { emitter, facts, subgroup } = context;
  if (subgroup < 2 || count % subgroup !== 0 || facts.owned(value)) return undefined;
  const lane = emitter.outer("lane", "i32", false);
  const groups = new Map<number, Expr>();
  return (index) => {
    const first = index - (index % subgroup);
    const own = groups.get(first) ?? read(value, placeAt(emitter.binary("add", lane, emitter.int(first))));
    groups.set(first, own);
    return lanesOf(emitter.broadcast(own, index - first));
  };
}
