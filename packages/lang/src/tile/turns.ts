import type { ValueId } from "@tilebook/ir";
import type { SyntaxNode } from "../syntax.ts";
import type { Context } from "./context.ts";
import { asTile, numeric, tile, withDType } from "./convert.ts";
import { arithmeticOp, binaryOperator } from "./operators.ts";
import { constant, type NumericValue, type RangeValue, type TileValue, type Value } from "./value.ts";

/** What a loop of the IR counts, and what the person's variable is in each turn. */
export interface Turns {
  readonly lower: ValueId;
  readonly upper: ValueId;
  readonly step: number;
  /** The person's variable in a turn. */
  readonly at: (turn: TileValue) => TileValue;
}

/** Loops of the IR count up, by a constant: others count how far they are from their start, or their turns. */
export function turnsOf(context: Context, range: RangeValue, node: SyntaxNode): Turns {
  const { start, end, step, stride } = range;
  const number = (value: NumericValue): TileValue => withDType(context, { value, node }, "i32", { node });
  if (stride !== undefined) return strides(context, { ...range, stride }, node);
  if (step > 0) return { lower: number(start).id, upper: number(end).id, step, at: (turn) => turn };
  const first = number(start);
  const far = apply(context, node)("-", start, end);
  return {
    lower: number(constant(0)).id,
    upper: far.id,
    step: -step,
    at: (turn) => apply(context, node)("-", first, turn),
  };
}

/** Counts turns of `stride` each; none when it is 0 or less, so that every loop ends. */
function strides(
  context: Context,
  { start, end, step, stride }: RangeValue & { readonly stride: TileValue },
  node: SyntaxNode,
): Turns {
  const { builder } = context;
  const on = apply(context, node);
  const first = withDType(context, { value: start, node }, "i32", { node });
  const far = step > 0 ? on("-", end, first) : on("-", first, end);
  const full = arithmeticOp(
    context,
    "idiv",
    { left: { value: on("-", far, constant(1)), node }, right: { value: stride, node } },
    { node },
  );
  const any = on("&", on(">", far, constant(0)), on(">", stride, constant(0)));
  const zero = withDType(context, { value: constant(0), node }, "i32", { node });
  const count = { condition: any.id, yes: on("+", full, constant(1)).id, no: zero.id };
  return {
    lower: zero.id,
    upper: tile(context, builder.select(count, context.note({ node }))).id,
    step: 1,
    at: (turn) => on(step > 0 ? "+" : "-", first, on("*", turn, stride)),
  };
}

function apply(
  context: Context,
  node: SyntaxNode,
): (operator: string, left: Value, right: Value) => TileValue {
  return (operator, left, right) => {
    const sides = { left: { value: left, node }, right: { value: right, node } };
    const value = binaryOperator(context, operator, sides, { node });
    return asTile(context, numeric(context, { value, node }, "a loop"), { node });
  };
}
