import type { ReduceOp } from "@tilebook/ir";
import type { Layout } from "../layout/layout.ts";
import type { Expr } from "../thread/ir.ts";
import { type Context, now } from "./context.ts";
import { combine, type Fold } from "./fold.ts";
import { declareFold, type FoldMemory, partsOf, readFold } from "./fold-memory.ts";
import { exprOf } from "./lanes.ts";
import { firstHolder, rowAt } from "./site.ts";

/** Partial results that every thread adds up for itself; more are added up in two steps. */
const mostPartials = 32;

/** Threads that share rows hand each other their partial results; all of them end up with the totals. */
export function exchange(
  context: Context,
  op: ReduceOp,
  layout: Layout,
  folds: readonly { readonly row: Expr; readonly fold: Fold }[],
): readonly { readonly row: Expr; readonly fold: Fold }[] {
  const scratch = declareFold(context, op, layout.rows * layout.threadColumns, "workgroup");
  for (const { row, fold } of folds) sendPartial(context, layout, { scratch, row, fold });
  const since = now(context);
  if (layout.threadColumns <= mostPartials)
    return folds.map(({ row }) => ({
      row,
      fold: total(context, op, { scratch, layout, row, count: layout.threadColumns, since }),
    }));
  return exchangeTwice(context, op, layout, { scratch, rows: folds.map(({ row }) => row) });
}

/** Sixteen threads a row add up a sixteenth each; then everyone adds up those. */
function exchangeTwice(
  context: Context,
  op: ReduceOp,
  layout: Layout,
  from: { readonly scratch: FoldMemory; readonly rows: readonly Expr[] },
): readonly { readonly row: Expr; readonly fold: Fold }[] {
  const { emitter, thread } = context;
  const groups = 16;
  const second = declareFold(context, op, layout.rows * groups, "workgroup");
  const column = emitter.binary("and", thread, emitter.int(layout.stride - 1));
  const since = now(context);
  emitter.branch(emitter.binary("lt", column, emitter.int(groups)), false, {
    whenTrue: () => {
      for (const row of from.rows) {
        const first = emitter.binary("add", partialIndex(context, layout, row, layout.threadColumns), column);
        let fold = readFold(context, from.scratch, first, since);
        for (let step = groups; step < layout.threadColumns; step += groups) {
          const next = emitter.binary("add", first, emitter.int(step));
          fold = combine(emitter, op.op, fold, readFold(context, from.scratch, next, since));
        }
        const place = emitter.binary("add", partialIndex(context, layout, row, groups), column);
        for (const [memory, part] of partsOf(second, fold)) emitter.set(memory, place, part);
      }
    },
  });
  const ready = now(context);
  return from.rows.map((row) => ({
    row,
    fold: total(context, op, { scratch: second, layout, row, count: groups, since: ready }),
  }));
}

export function sendPartial(
  context: Context,
  layout: Layout,
  partial: { readonly scratch: FoldMemory; readonly row: Expr; readonly fold: Fold },
): void {
  const { emitter, thread } = context;
  const write = (): void => {
    const column = emitter.binary("and", thread, emitter.int(layout.threadColumns - 1));
    const start = partialIndex(context, layout, partial.row, layout.threadColumns);
    const place = emitter.binary("add", start, column);
    for (const [memory, part] of partsOf(partial.scratch, partial.fold)) emitter.set(memory, place, part);
  };
  const first = firstHolder(context, layout);
  if (first === undefined) write();
  else emitter.branch(first, false, { whenTrue: write });
}

/** Where the partial results of a row start, `count` a row. */
function partialIndex(context: Context, layout: Layout, row: Expr, count: number): Expr {
  const { emitter } = context;
  const rows = exprOf(emitter, rowAt(context, layout, row).lanes);
  return emitter.binary("mul", rows, emitter.int(count));
}

export function total(
  context: Context,
  op: ReduceOp,
  from: {
    readonly scratch: FoldMemory;
    readonly layout: Layout;
    readonly row: Expr;
    readonly count: number;
    readonly since: ReturnType<typeof now>;
  },
): Fold {
  const { emitter } = context;
  const start = partialIndex(context, from.layout, from.row, from.count);
  let fold = readFold(context, from.scratch, start, from.since);
  for (let next = 1; next < from.count; next++) {
    const place = emitter.binary("add", start, emitter.int(next));
    fold = combine(emitter, op.op, fold, readFold(context, from.scratch, place, from.since));
  }
  return fold;
}
