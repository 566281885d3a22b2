import type { ValueId } from "@tilebook/ir";
import { asFloat } from "../rows.ts";
import type { Context, Moment } from "./context.ts";
import { type Factors, factorsOf, type Part, type Term } from "./factors.ts";

/** A block as far as it is known by now. */
export interface Product {
  readonly value: ValueId;
  /** By what earlier blocks of it are to be multiplied, one number a row; absent where they stay. */
  readonly repair: ValueId | undefined;
  readonly factors: Factors;
}

export function productOf(context: Context, part: Part): Product {
  const { writer, knowledge } = context;
  const factors = factorsOf(part, knowledge);
  // What stands outside the sum is wanted in the end only, but its folds go along from now on.
  for (const outer of [...factors.rows, ...factors.rowsBelow]) context.valueWhen("now", outer);
  const exponentials = factors.exponents.map(({ fixed, rows }) => {
    const sum = [...fixed, ...rows].reduce<ValueId | undefined>(
      (so, term) => plus(context, so, term),
      undefined,
    );
    return writer.b.unary("exp", sum ?? -1, writer.note);
  });
  const repairs = factors.exponents.flatMap(({ rows }) =>
    rows.length === 0 ? [] : [repairOf(context, rows)],
  );
  const values = [...factors.fixed.map((one) => context.valueOf(one)), ...exponentials];
  const [first = writer.constant(1, "f32"), ...others] = values;
  const times = others.reduce((so, next) => writer.binary("mul", so, next), first);
  const value = masked(context, below(context, times, factors.fixedBelow), factors.masks);
  const repair =
    repairs.length === 0 ? undefined : repairs.reduce((so, next) => writer.binary("mul", so, next));
  return { value: context.there(value, 0), repair, factors };
}

function below(context: Context, value: ValueId, divisors: readonly Part[]): ValueId {
  return divisors.reduce((so, one) => context.writer.binary("div", so, context.valueOf(one)), value);
}

function masked(context: Context, value: ValueId, masks: readonly Part[]): ValueId {
  const { writer } = context;
  const { b, note } = writer;
  return masks.reduce(
    (yes, mask) => {
      const condition = writer.full(context.valueOf(mask));
      return b.select({ condition, yes, no: writer.constant(0, "f32") }, note);
    },
    asFloat(b, writer.full(value)),
  );
}

/** exp(r_new - r_old), of the sum r of what is one number a row. */
function repairOf(context: Context, rows: readonly Term[]): ValueId {
  const { writer } = context;
  const [first, ...rest] = rows.map((term) => {
    const [now, before] = [context.valueWhen("now", term), context.valueWhen("before", term)];
    return term.sign === 1 ? writer.binary("sub", now, before) : writer.binary("sub", before, now);
  });
  const change = rest.reduce((so, next) => writer.binary("add", so, next), first ?? -1);
  return writer.b.unary("exp", change, writer.note);
}

function plus(context: Context, sum: ValueId | undefined, term: Term): ValueId {
  const value = context.valueWhen("now", term);
  const { b, note } = context.writer;
  if (sum === undefined) return term.sign === 1 ? value : b.unary("neg", value, note);
  return context.writer.binary(term.sign === 1 ? "add" : "sub", sum, value);
}

/** A sum with what stands outside it. */
export function withOuter(context: Context, value: ValueId, factors: Factors, moment: Moment): ValueId {
  const { writer } = context;
  const { rows, rowsBelow } = factors;
  const times = rows.reduce((so, part) => writer.binary("mul", so, context.valueWhen(moment, part)), value);
  return rowsBelow.reduce((so, part) => writer.binary("div", so, context.valueWhen(moment, part)), times);
}
