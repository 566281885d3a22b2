import { faultData } from "@tilebook/base";
import { TileTrap } from "@tilebook/interp";
import { operandsOf, resultsOf, type TileOp, type ValueId } from "@tilebook/ir";
import type { StepTrap } from "../../step.ts";

type Values = (id: ValueId) => { readonly values: Float64Array } | undefined;

/** What an op ran into, with the tiles in which its lane can be marked. */
export function trapOf(error: unknown, op: TileOp | undefined, number: number | undefined): StepTrap {
  const lane = error instanceof TileTrap ? { lane: error.lane } : {};
  const pointer = op !== undefined && "pointer" in op ? op.pointer : undefined;
  const values = op === undefined ? [] : operandsOf(op).filter((value) => value !== pointer);
  return { fault: faultData(error), ...lane, ...(number === undefined ? {} : { op: number }), values };
}

/** The NaN that the op made is in its results. */
export function nanTrapOf(
  fault: StepTrap["fault"],
  op: TileOp,
  number: number | undefined,
  read: Values,
): StepTrap {
  const results = resultsOf(op).map(({ value }) => value);
  const operands = operandsOf(op).flatMap((value) => read(value)?.values ?? []);
  const made = read(results[0] ?? -1)?.values ?? new Float64Array();
  const given = operands.filter((values) => values.length === made.length);
  const lane = made.findIndex(
    (value, at) => Number.isNaN(value) && !given.some((one) => Number.isNaN(one[at])),
  );
  return {
    fault,
    ...(lane < 0 ? {} : { lane }),
    ...(number === undefined ? {} : { op: number }),
    values: results,
  };
}
