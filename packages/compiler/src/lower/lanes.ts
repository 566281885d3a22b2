import type { Expr } from "../thread/ir.ts";
import { constantOf } from "../thread/simplify.ts";
import type { Emitter } from "./emitter.ts";

/**
 * What a tile value is at one place, or at four neighbouring places at once: the same for all four, integers that
 * rise by a constant step, or a vector. Addresses stay `run`, so that one base is computed for four loads.
 */
export type Lanes =
  | { readonly kind: "same"; readonly value: Expr }
  | { readonly kind: "run"; readonly base: Expr; readonly step: number }
  | { readonly kind: "vector"; readonly value: Expr };

export function same(value: Expr): Lanes {
  return { kind: "same", value };
}

/** A scalar or vector expression as lanes. */
export function lanesOf(value: Expr): Lanes {
  return value.type.width === 1 ? same(value) : { kind: "vector", value };
}

/** As one expression: a scalar when all lanes are the same, else a vector. */
export function exprOf(emitter: Emitter, lanes: Lanes): Expr {
  if (lanes.kind !== "run") return lanes.value;
  const steps = [0, 1, 2, 3].map((lane) => emitter.int(lane * lanes.step));
  return emitter.binary("add", emitter.splat(lanes.base), emitter.pack(steps));
}

/** The value in lane `index`. */
export function laneOf(emitter: Emitter, lanes: Lanes, index: number): Expr {
  if (lanes.kind === "same") return lanes.value;
  if (lanes.kind === "vector") return emitter.lane(lanes.value, index);
  return emitter.binary("add", lanes.base, emitter.int(index * lanes.step));
}

/** Integer sum; stays a run where it can. */
export function addLanes(emitter: Emitter, a: Lanes, b: Lanes): Lanes {
  if (a.kind === "same" && b.kind === "same") return same(emitter.binary("add", a.value, b.value));
  if (a.kind !== "vector" && b.kind !== "vector") {
    const base = emitter.binary("add", baseOf(a), baseOf(b));
    return run(base, stepOf(a) + stepOf(b));
  }
  return lanesOf(emitter.binary("add", exprOf(emitter, a), exprOf(emitter, b)));
}

/** Integer difference; stays a run where it can. */
export function subtractLanes(emitter: Emitter, a: Lanes, b: Lanes): Lanes {
  if (a.kind === "vector" || b.kind === "vector" || (a.kind === "same" && b.kind === "same"))
    return lanesOf(emitter.binary("sub", exprOf(emitter, a), exprOf(emitter, b)));
  return run(emitter.binary("sub", baseOf(a), baseOf(b)), stepOf(a) - stepOf(b));
}

/** Integer product; a run times a constant is a run. */
export function multiplyLanes(emitter: Emitter, a: Lanes, b: Lanes): Lanes {
  const [lanes, factor] = a.kind === "run" ? [a, b] : [b, a];
  const constant = factor.kind === "same" ? constantOf(factor.value) : undefined;
  if (lanes.kind === "run" && factor.kind === "same" && constant !== undefined)
    return run(emitter.binary("mul", lanes.base, factor.value), lanes.step * constant);
  return lanesOf(emitter.binary("mul", exprOf(emitter, a), exprOf(emitter, b)));
}

function run(base: Expr, step: number): Lanes {
  return step === 0 ? same(base) : { kind: "run", base, step };
}

function baseOf(lanes: Exclude<Lanes, { kind: "vector" }>): Expr {
  return lanes.kind === "run" ? lanes.base : lanes.value;
}

function stepOf(lanes: Lanes): number {
  return lanes.kind === "run" ? lanes.step : 0;
}
