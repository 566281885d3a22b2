import { Fault } from "@tilebook/base";
import { operandsOf, showType, type TileValueOp } from "@tilebook/ir";
import type { Registers } from "./compute.ts";

/** Ops that compute: the only ones that can turn numbers into a NaN. */
const elementwise = new Set<TileValueOp["kind"]>(["unary", "binary"]);
const folding = new Set<TileValueOp["kind"]>(["dot", "reduce"]);

/**
 * Says whether `op` made a NaN out of numbers: a lane of its result is NaN, and its operands (the same lane for
 * elementwise ops, any lane for dot and reduce) are not. The NaN's own cause, not those it spreads to.
 */
export function nanOrigin(op: TileValueOp, result: Float64Array, registers: Registers): Fault | undefined {
  const isElementwise = elementwise.has(op.kind);
  if (!isElementwise && !folding.has(op.kind)) return undefined;
  const lane = firstNaN(result);
  if (lane < 0) return undefined;
  const operands = operandsOf(op).map((value) => registers.tile(value).values);
  if (!isElementwise)
    return operands.some((values) => firstNaN(values) >= 0) ? undefined : fault(op, lane, [], registers);
  for (let at = lane; at < result.length; at++) {
    const given = operands.map((values) => values[at] ?? 0);
    if (Number.isNaN(result[at]) && !given.some(Number.isNaN)) return fault(op, at, given, registers);
  }
  return undefined;
}

function firstNaN(values: Float64Array): number {
  for (let i = 0; i < values.length; i++) if (values[i] !== values[i]) return i;
  return -1;
}

function fault(op: TileValueOp, lane: number, given: readonly number[], registers: Registers): Fault {
  const name = "op" in op ? op.op : op.kind;
  const call = given.length === 0 ? `${name} of numbers` : `${name}(${given.join(", ")})`;
  const where = `lane ${lane} of ${showType(op.type)} in program ${registers.program.join(", ")}`;
  return new Fault("tile/nan", `${call} gave NaN (${where})`, {
    span: op.span,
    hint: "guard it with where(...); lanes that a mask hides later may be harmless",
  });
}
