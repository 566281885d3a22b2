import type { ReduceOp } from "@tilebook/ir";
import type { Layout } from "../layout/layout.ts";
import type { Expr } from "../thread/ir.ts";
import { type Context, log2, now } from "./context.ts";
import type { Moment } from "./emitter.ts";
import { combine, type Fold } from "./fold.ts";
import { declareFold, type FoldMemory, partsOf, readFold, valueScalar } from "./fold-memory.ts";
import { exprOf } from "./lanes.ts";
import { firstHolder, rowAt } from "./site.ts";

/** Partial results that every thread adds up for itself; more are added up in two steps. */
const mostPartials = 32;

/** What a thread has folded of a row. */
interface Partial {
  readonly row: Expr;
  readonly fold: Fold;
}

/** How the threads that share a row come to its total. */
export interface Sharing {
  readonly layout: Layout;
  /** Neighbours that hand each other what they have through their subgroup. */
  readonly near: number;
  /** Groups of neighbours that a row has: where there are several, they meet in workgroup memory. */
  readonly groups: number;
}

export function sharingOf(context: Context, op: ReduceOp, layout: Layout): Sharing {
  const near = valueScalar(context, op) === "bool" ? 1 : Math.min(context.near, layout.threadColumns);
  return { layout, near, groups: layout.threadColumns / near };
}

/** Threads that share rows hand each other their partial results; all of them end up with the totals. */
export function exchange(
  context: Context,
  op: ReduceOp,
  layout: Layout,
  folds: readonly Partial[],
): readonly Partial[] {
  const sharing = sharingOf(context, op, layout);
  const partials = folds.map(({ row, fold }) => ({ row, fold: foldNear(context, op, fold, sharing.near) }));
  if (sharing.groups === 1) return partials;
  const scratch = declareFold(context, op, layout.rows * sharing.groups, "workgroup");
  for (const { row, fold } of partials) sendPartial(context, sharing, { scratch, row, fold });
  const since = now(context);
  if (sharing.groups <= mostPartials)
    return folds.map(({ row }) => ({ row, fold: total(context, op, sharing, { scratch, row, since }) }));
  return exchangeTwice(context, op, sharing, { scratch, rows: folds.map(({ row }) => row) });
}

/**
 * What neighbours fold to, pair by pair, then pair of pairs by pair: all of them have it then, and the same, since it does
 * not matter to a sum which of two comes first. Threads are numbered along their subgroups.
 */
export function foldNear({ emitter }: Context, op: ReduceOp, own: Fold, near: number): Fold {
  let fold = own;
  for (let bit = 1; bit < near; bit *= 2) {
    const { value, index } = fold;
    const other: Fold = {
      value: emitter.shuffle(value, bit),
      ...(index === undefined ? {} : { index: emitter.shuffle(index, bit) }),
    };
    fold = combine(emitter, op.op, fold, other);
  }
  return fold;
}

/** Sixteen threads a row add up a sixteenth each; then everyone adds up those. */
function exchangeTwice(
  context: Context,
  op: ReduceOp,
  { layout, groups }: Sharing,
  from: { readonly scratch: FoldMemory; readonly rows: readonly Expr[] },
): readonly Partial[] {
  const { emitter, thread } = context;
  const parts = 16;
  const second = declareFold(context, op, layout.rows * parts, "workgroup");
  const column = emitter.binary("and", thread, emitter.int(layout.stride - 1));
  const since = now(context);
  emitter.branch(emitter.binary("lt", column, emitter.int(parts)), false, {
    whenTrue: () => {
      for (const row of from.rows) {
        const first = emitter.binary("add", partialIndex(context, layout, row, groups), column);
        let fold = readFold(context, from.scratch, first, since);
        for (let step = parts; step < groups; step += parts) {
          const next = emitter.binary("add", first, emitter.int(step));
          fold = combine(emitter, op.op, fold, readFold(context, from.scratch, next, since));
        }
        const place = emitter.binary("add", partialIndex(context, layout, row, parts), column);
        for (const [memory, part] of partsOf(second, fold)) emitter.set(memory, place, part);
      }
    },
  });
  const ready = now(context);
  return from.rows.map((row) => ({
    row,
    fold: total(context, op, { layout, groups: parts }, { scratch: second, row, since: ready }),
  }));
}

/** The first thread of each group leaves what it has in workgroup memory. */
export function sendPartial(
  context: Context,
  { layout, near, groups }: Sharing,
  partial: Partial & { readonly scratch: FoldMemory },
): void {
  const { emitter, thread } = context;
  const column = emitter.binary("and", thread, emitter.int(layout.threadColumns - 1));
  const write = (): void => {
    const group = near === 1 ? column : emitter.binary("shr", column, emitter.int(log2(near)));
    const place = emitter.binary("add", partialIndex(context, layout, partial.row, groups), group);
    for (const [memory, part] of partsOf(partial.scratch, partial.fold)) emitter.set(memory, place, part);
  };
  const holds = firstHolder(context, layout);
  const leads =
    near === 1
      ? undefined
      : emitter.binary("eq", emitter.binary("and", thread, emitter.int(near - 1)), emitter.int(0));
  const both = holds !== undefined && leads !== undefined ? emitter.binary("and", holds, leads) : undefined;
  const sends = both ?? holds ?? leads;
  if (sends === undefined) write();
  else emitter.branch(sends, false, { whenTrue: write });
}

/** Where the partial results of a row start, `count` a row. */
function partialIndex(context: Context, layout: Layout, row: Expr, count: number): Expr {
  const { emitter } = context;
  const rows = exprOf(emitter, rowAt(context, layout, row).lanes);
  return emitter.binary("mul", rows, emitter.int(count));
}

/** Every thread adds up what the groups have left. */
export function total(
  context: Context,
  op: ReduceOp,
  { layout, groups }: Pick<Sharing, "layout" | "groups">,
  from: { readonly scratch: FoldMemory; readonly row: Expr; readonly since: Moment },
): Fold {
  const { emitter } = context;
  const start = partialIndex(context, layout, from.row, groups);
  let fold = readFold(context, from.scratch, start, from.since);
  for (let next = 1; next < groups; next++) {
    const place = emitter.binary("add", start, emitter.int(next));
    fold = combine(emitter, op.op, fold, readFold(context, from.scratch, place, from.since));
  }
  return fold;
}
