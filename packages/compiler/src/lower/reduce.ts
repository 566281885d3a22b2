import type { ReduceOp } from "@tilebook/ir";
import { columnLayout, type Layout, matrixLayout, tileLayout } from "../layout/layout.ts";
import { computedAs, type Expr, type Memory, type Scalar, type ThreadType } from "../thread/ir.ts";
import { allocate, type Context, now } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { combine, type Fold, foldLanes } from "./fold.ts";
import { exprOf, type Lanes, lanesOf, same } from "./lanes.ts";
import { countedLoop, forEachInt, forRegisters, publish, writeRegister } from "./registers.ts";
import { at, columnAt, firstHolder, registerSite, rowAt, type Site, site } from "./site.ts";

/** Chunks of a row folded by straight code; longer rows by a loop. */
const mostUnrolled = 8;
/** Partial results that every thread adds up for itself; more are added up in two steps. */
const mostPartials = 32;

/**
 * Folds one axis. Along the last axis each thread folds what it holds of a row; where several threads share a row
 * they exchange partial results through workgroup memory. Along another axis the owner of each result walks the axis.
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

/** The memories of a fold's value and index, beside the parts they hold. */
interface FoldMemory {
  readonly value: Memory;
  readonly index?: Memory;
}

function partsOf(memory: FoldMemory, fold: Fold): readonly (readonly [Memory, Expr])[] {
  const value = [memory.value, fold.value] as const;
  return memory.index === undefined || fold.index === undefined
    ? [value]
    : [value, [memory.index, fold.index]];
}

function readFold(context: Context, memory: FoldMemory, index: Expr, since = now(context)): Fold {
  const { emitter } = context;
  const value = emitter.read(memory.value, index, since);
  return memory.index === undefined ? { value } : { value, index: emitter.read(memory.index, index, since) };
}

function allocateRows(context: Context, op: ReduceOp, layout: Layout): FoldMemory {
  return declareFold(context, op, layout.registerRows, "function");
}

function declareFold(
  context: Context,
  op: ReduceOp,
  length: number,
  space: "function" | "workgroup",
): FoldMemory {
  const { emitter } = context;
  const make = (scalar: Scalar): Memory =>
    emitter.declare({
      name: space === "workgroup" ? "partial" : "total",
      space,
      type: { scalar, width: 1 },
      length,
      purpose: `the partial results of ${op.op}`,
      ...(emitter.span === undefined ? {} : { span: emitter.span }),
    });
  const value = make(valueScalar(context, op));
  return op.op === "argmax" ? { value, index: make("i32") } : { value };
}

function valueScalar(context: Context, op: ReduceOp): Scalar {
  return computedAs[context.facts.typeOf(op.input).dtype];
}

function reduceManyRows(context: Context, op: ReduceOp, layout: Layout, partials: FoldMemory): void {
  const { emitter } = context;
  const since = now(context);
  const result = resultLayout(context, op, layout);
  const memory = allocate(context, op.type, result, op.label ?? op.op);
  const scratch =
    layout.threadColumns === 1
      ? undefined
      : declareFold(context, op, layout.rows * layout.threadColumns, "workgroup");
  if (scratch !== undefined)
    countedLoop(context, layout.registerRows, "r", (row) =>
      sendPartial(context, layout, { scratch, row, fold: readFold(context, partials, row, since) }),
    );
  const ready = now(context);
  countedLoop(context, layout.registerRows, "r", (row) => {
    const fold =
      scratch === undefined
        ? readFold(context, partials, row, since)
        : total(context, op, { scratch, layout, row, count: layout.threadColumns, since: ready });
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
  if (layout.chunks <= mostUnrolled) {
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

function runningFold(context: Context, op: ReduceOp, type: ThreadType): FoldMemory {
  const { emitter } = context;
  const value = emitter.declare({ name: op.op, space: "function", type, length: 0 });
  if (op.op !== "argmax") return { value };
  const index: ThreadType = { scalar: "i32", width: type.width };
  return { value, index: emitter.declare({ name: "place", space: "function", type: index, length: 0 }) };
}

function readRunning(context: Context, memory: FoldMemory): Fold {
  const { emitter } = context;
  const since = now(context);
  const value = emitter.read(memory.value, undefined, since);
  return memory.index === undefined
    ? { value }
    : { value, index: emitter.read(memory.index, undefined, since) };
}

function foldAt(context: Context, op: ReduceOp, layout: Layout, place: { row: Expr; chunk: Expr }): Fold {
  const { emitter } = context;
  const here = registerSite(context, layout, place.row, place.chunk);
  const wide = (lanes: Lanes): Expr =>
    layout.width === 4 && lanes.kind === "same" ? emitter.splat(lanes.value) : exprOf(emitter, lanes);
  const value = wide(evaluate(context, op.input, here));
  if (op.op !== "argmax") return { value };
  return { value, index: wide(columnAt(context, layout, place.chunk).lanes) };
}

/** Threads that share rows hand each other their partial results; all of them end up with the totals. */
function exchange(
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

function sendPartial(
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

function total(
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

function pick(context: Context, op: ReduceOp, fold: Fold): Expr {
  if (op.op === "argmax") return fold.index ?? fold.value;
  return op.type.dtype === "f16" ? context.emitter.half(fold.value) : fold.value;
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

/** Along an axis that is not the last: whoever holds a result walks the axis and evaluates the input there. */
function reduceAcross(context: Context, op: ReduceOp): void {
  const { emitter } = context;
  const layout = context.rowValues.has(op.result)
    ? columnLayout(context.threads, op.type.shape)
    : tileLayout(context.threads, op.type.shape);
  const memory = allocate(context, op.type, layout, op.label ?? op.op);
  const size = context.facts.typeOf(op.input).shape[op.axis] ?? 1;
  const running = runningFold(context, op, { scalar: valueScalar(context, op), width: layout.width });
  const store = (fold: Fold): void => {
    for (const [part, value] of partsOf(running, fold)) emitter.set(part, undefined, value);
  };
  forRegisters(context, layout, (row, chunk) => {
    const place = registerSite(context, layout, row, chunk);
    store(alongAxis(context, op, place, emitter.int(0)));
    emitter.loop({ from: emitter.int(1), to: emitter.int(size), label: "a" }, (index) =>
      store(combine(emitter, op.op, readRunning(context, running), alongAxis(context, op, place, index))),
    );
    writeRegister(
      context,
      { memory, layout },
      { row, chunk },
      lanesOf(pick(context, op, readRunning(context, running))),
    );
  });
  publish(context, op.result, { memory, layout });
}

function alongAxis(context: Context, op: ReduceOp, place: Site, index: Expr): Fold {
  const { emitter } = context;
  const coordinates = place.coordinates.toSpliced(op.axis, 0, at(index));
  const lanes = evaluate(context, op.input, site(coordinates));
  const wide = place.home?.layout.width === 4 && lanes.kind === "same";
  const value = wide ? emitter.splat(exprOf(emitter, lanes)) : exprOf(emitter, lanes);
  return op.op === "argmax"
    ? { value, index: wide || value.type.width === 4 ? emitter.splat(index) : index }
    : { value };
}
