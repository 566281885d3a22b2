import type { ReduceOp } from "@tilebook/ir";
import { type Layout, matrixLayout, tileLayout } from "../layout/layout.ts";
import type { Expr, ThreadType } from "../thread/ir.ts";
import { allocate, type Context, now } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { exchange, foldNear, sendPartial, sharingOf, total } from "./exchange.ts";
import { combine, type Fold, foldLanes, foldOf } from "./fold.ts";
import {
  declareFold,
  type FoldMemory,
  partsOf,
  pick,
  readFold,
  readRunning,
  runningFold,
  valueScalar,
} from "./fold-memory.ts";
import { exprOf, type Lanes, same } from "./lanes.ts";
import { countedLoop, forEachInt, publish, writeRegister } from "./registers.ts";
import { reduceAcross } from "./reduce-across.ts";
import { columnAt, registerSite } from "./site.ts";

/**
 * Folds one axis. Along the last axis each thread folds what it holds of a row; where several threads share a row
 * they exchange partial results, through their subgroup as far as it reaches and else through workgroup memory. Along another axis the owner of each result walks the axis.
 * The order of folding is fixed, so results do not vary from run to run.
 */
export function lowerReduce(context: Context, op: ReduceOp): void {
  const input = context.facts.typeOf(op.input);
  if (op.axis === input.shape.length - 1) reduceRows(context, op, inputLayout(context, op));
  else reduceAcross(context, op);
}

function inputLayout(context: Context, op: ReduceOp): Layout {
  const tile = context.tiles.get(op.input)?.layout;
  const { shape } = context.facts.typeOf(op.input);
  const fits = tile !== undefined && tile.columns === shape.at(-1);
  return fits ? tile : tileLayout(context.threads, shape);
}

function reduceRows(context: Context, op: ReduceOp, layout: Layout): void {
  const { emitter } = context;
  const folds: { readonly row: Expr; readonly fold: Fold }[] = [];
  if (layout.registerRows <= 4) {
    forEachInt(context, layout.registerRows, (row) => {
      folds.push({ row, fold: foldRow(context, op, layout, row) });
    });
    const totals = layout.threadColumns === 1 ? folds : exchange(context, op, layout, folds);
    keepTotals(context, op, layout, totals);
    return;
  }
  const partials = allocateRows(context, op, layout);
  countedLoop(context, layout.registerRows, "r", (row) => {
    const fold = foldRow(context, op, layout, row);
    for (const [memory, part] of partsOf(partials, fold)) emitter.set(memory, row, part);
  });
  reduceManyRows(context, op, layout, partials);
}

function allocateRows(context: Context, op: ReduceOp, layout: Layout): FoldMemory {
  return declareFold(context, op, layout.registerRows, "function");
}

function reduceManyRows(context: Context, op: ReduceOp, layout: Layout, partials: FoldMemory): void {
  const { emitter } = context;
  const since = now(context);
  const result = resultLayout(context, op, layout);
  const memory = allocate(context, op.type, result, op.label ?? op.op);
  const sharing = sharingOf(context, op, layout);
  const near = (row: Expr): Fold =>
    foldNear(context, op, readFold(context, partials, row, since), sharing.near);
  const scratch =
    sharing.groups === 1 ? undefined : declareFold(context, op, layout.rows * sharing.groups, "workgroup");
  if (scratch !== undefined)
    countedLoop(context, layout.registerRows, "r", (row) =>
      sendPartial(context, sharing, { scratch, row, fold: near(row) }),
    );
  const ready = now(context);
  countedLoop(context, layout.registerRows, "r", (row) => {
    const fold =
      scratch === undefined ? near(row) : total(context, op, sharing, { scratch, row, since: ready });
    writeRegister(
      context,
      { memory, layout: result },
      { row, chunk: emitter.int(0) },
      same(pick(context, op, fold)),
    );
  });
  publish(context, op.result, { memory, layout: result });
}

/** What this thread's columns of one row fold to. */
function foldRow(context: Context, op: ReduceOp, layout: Layout, row: Expr): Fold {
  const { emitter } = context;
  const chunkAt = (chunk: Expr): Fold => foldAt(context, op, layout, { row, chunk });
  if (layout.chunks <= context.schedule.unroll / 2) {
    let fold = chunkAt(emitter.int(0));
    for (let chunk = 1; chunk < layout.chunks; chunk++)
      fold = combine(emitter, op.op, fold, chunkAt(emitter.int(chunk)));
    return foldLanes(emitter, op.op, fold);
  }
  const type: ThreadType = { scalar: valueScalar(context, op), width: layout.width };
  const running = runningFold(context, op, type);
  const store = (fold: Fold): void => {
    for (const [memory, part] of partsOf(running, fold)) emitter.set(memory, undefined, part);
  };
  store(chunkAt(emitter.int(0)));
  emitter.loop({ from: emitter.int(1), to: emitter.int(layout.chunks), label: "c" }, (chunk) =>
    store(combine(emitter, op.op, readRunning(context, running), chunkAt(chunk))),
  );
  return foldLanes(emitter, op.op, readRunning(context, running));
}

function foldAt(context: Context, op: ReduceOp, layout: Layout, place: { row: Expr; chunk: Expr }): Fold {
  const { emitter } = context;
  const here = registerSite(context, layout, place.row, place.chunk);
  const wide = (lanes: Lanes): Expr =>
    layout.width === 4 && lanes.kind === "same" ? emitter.splat(lanes.value) : exprOf(emitter, lanes);
  const value = wide(evaluate(context, op.input, here));
  return foldOf(emitter, op.op, value, () => wide(columnAt(context, layout, place.chunk).lanes));
}

function resultLayout(context: Context, op: ReduceOp, layout: Layout): Layout {
  const { shape } = op.type;
  return matrixLayout(context.threads, { shape, rows: layout.rows, columns: 1 });
}

function keepTotals(
  context: Context,
  op: ReduceOp,
  layout: Layout,
  totals: readonly { readonly row: Expr; readonly fold: Fold }[],
): void {
  const { emitter } = context;
  const [first] = totals;
  if (op.type.shape.length === 0 && first !== undefined) {
    context.scalars.set(op.result, pick(context, op, first.fold));
    return;
  }
  const result = resultLayout(context, op, layout);
  const memory = allocate(context, op.type, result, op.label ?? op.op);
  for (const { row, fold } of totals)
    writeRegister(
      context,
      { memory, layout: result },
      { row, chunk: emitter.int(0) },
      same(pick(context, op, fold)),
    );
  publish(context, op.result, { memory, layout: result });
}
