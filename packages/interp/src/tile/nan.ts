import type { Fault } from "@tilebook/base";
import { operandsOf, showType, type TileOp, type TileType } from "@tilebook/ir";
import type { Registers } from "./compute.ts";
import { TileTrap } from "./tile.ts";

/** Ops that compute: the only ones that can turn numbers into a NaN. */
const elementwise = new Set<TileOp["kind"]>(["unary", "binary"]);
const folding = new Set<TileOp["kind"]>(["dot", "reduce", "fold", "scan"]);

interface Result {
  readonly type: TileType;
  readonly values: Float64Array;
}

/**
 * Says whether `op` made a NaN out of numbers: a lane of its result is NaN, and its operands (the same lane for
 * elementwise ops, any lane for dot, reduce, fold and scan) are not. The NaN's own cause, not those it spreads to.
 */
export function nanOrigin(op: TileOp, result: Result, registers: Registers): Fault | undefined {
  const isElementwise = elementwise.has(op.kind);
  if (!isElementwise && !folding.has(op.kind)) return undefined;
  const lane = firstNaN(result.values);
  if (lane < 0) return undefined;
  const operands = operandsOf(op).map((value) => registers.tile(value).values);
  if (!isElementwise) {
    const came = operands.some((values) => firstNaN(values) >= 0);
    return came ? undefined : fault(op, result.type, { lane, given: [] }, registers);
  }
  for (let at = lane; at < result.values.length; at++) {
    const given = operands.map((values) => values[at] ?? 0);
    if (Number.isNaN(result.values[at]) && !given.some(Number.isNaN))
      return fault(op, result.type, { lane: at, given }, registers);
  }
  return undefined;
}

function firstNaN(values: Float64Array): number {
  for (let i = 0; i < values.length; i++) if (values[i] !== values[i]) return i;
  return -1;
}

function fault(
  op: TileOp,
  type: TileType,
  { lane, given }: { readonly lane: number; readonly given: readonly number[] },
  { program }: Registers,
): Fault {
  const name = "op" in op ? op.op : op.kind;
  const call = given.length === 0 ? `${name} of numbers` : `${name}(${given.join(", ")})`;
  const where = `lane ${lane} of ${showType(type)} in program ${program.join(", ")}`;
  const hint = "guard it with where(...); lanes that a mask hides later may be harmless";
  return new TileTrap("tile/nan", `${call} gave NaN (${where})`, { program, span: op.span, lane, hint });
}
