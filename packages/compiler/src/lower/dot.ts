import type { DotOp, ValueId } from "@tilebook/ir";
import type { Layout } from "../layout/layout.ts";
import { contiguousIn } from "../layout/strides.ts";
import type { Expr, Memory, ThreadType } from "../thread/ir.ts";
import { constantLike } from "../thread/simplify.ts";
import { type Context, now, type Tile } from "./context.ts";
import { signOfBytes } from "./dot-bytes.ts";
import { multiplyInner } from "./dot-inner.ts";
import { multiplyOuter } from "./dot-outer.ts";
import { evaluate } from "./evaluate.ts";
import { exprOf } from "./lanes.ts";
import { countedLoop, forEachInt, writeRegister } from "./registers.ts";
import { registerSite } from "./site.ts";
import { stage, type Staged } from "./staging.ts";

/** Rows and chunks of the result that one loop over k makes. */
export interface Block {
  readonly op: DotOp;
  readonly layout: Layout;
  /** First register row and chunk, and how many of each. */
  readonly row: Expr;
  readonly rows: number;
  readonly chunk: Expr;
  readonly chunks: number;
  /** Fours along k of the right are read, and turned in registers. */
  readonly turned: boolean;
  /** The operands that come through workgroup memory. */
  readonly staged: Staged;
}

/** A register of the block, and where it adds up. */
export interface Place {
  readonly memory: Memory;
  /** Where in `memory`, when that is an array of registers. */
  readonly index: Expr | undefined;
  readonly r: number;
  readonly c: number;
  readonly row: Expr;
  readonly chunk: Expr;
}

type Target = Pick<Tile, "memory" | "layout">;

/**
 * result = start + left * right, into the registers of `target`. The operands are evaluated as index functions along k.
 * Numbers of the left times vectors of the right along its columns (dot-outer.ts), which are turned in registers where
 * neighbours along k are neighbours in memory; there, a result without vectors, and one of bytes, multiplies along k and adds
 * up at the end (dot-inner.ts).
 */
export function lowerDot(context: Context, op: DotOp, target: Target, start: ValueId | undefined): void {
  const { emitter } = context;
  const { layout } = target;
  const byBytes = isAlong(context, op, layout) && signOfBytes(context, op) !== undefined;
  const staged = byBytes ? {} : stage(context, op, layout);
  const along = staged.right === undefined && isAlong(context, op, layout);
  const turned = along && layout.width === 4 && !byBytes;
  const inner = along && !turned;
  const { rows, chunks } = blockSize(context, layout, inner);
  const accumulators = accumulatorsFor(context, target, rows, chunks);
  const blockAt = (row: Expr, chunk: Expr): void => {
    const block: Block = { op, layout, row, rows, chunk, chunks, turned, staged };
    const places = placesOf(context, block, accumulators, target);
    begin(context, block, places, start);
    if (inner) multiplyInner(context, block, places);
    else multiplyOuter(context, block, places);
    if (accumulators !== undefined) finish(context, places, target);
  };
  const alongColumns = (row: Expr): void =>
    steps(context, layout.chunks / chunks, (chunk) =>
      blockAt(row, emitter.binary("mul", chunk, emitter.int(chunks))),
    );
  steps(context, layout.registerRows / rows, (row) =>
    alongColumns(emitter.binary("mul", row, emitter.int(rows))),
  );
}

/** The right side is loaded, and has vectors along k and none along its columns. */
function isAlong({ facts, granted }: Context, { left, right }: DotOp, layout: Layout): boolean {
  const along = facts.typeOf(right).shape[0] ?? 1;
  if (along < 4 || facts.owned(right)) return false;
  const buffer = contiguousIn(facts, right, 0);
  const fits = buffer !== undefined && contiguousIn(facts, right, 1) === undefined;
  return (
    fits &&
    !granted.narrow.has(buffer) &&
    (layout.registerRows > 1 || !facts.owned(left) || layout.threadColumns === 1)
  );
}

/** As many accumulators as registers are walked by straight code, rows before columns. */
function blockSize(
  { schedule }: Context,
  layout: Layout,
  inner: boolean,
): { readonly rows: number; readonly chunks: number } {
  const most = Math.max(1, schedule.unroll / (inner ? layout.width : 1));
  const all = layout.registerRows * layout.chunks;
  if (all <= most) return { rows: layout.registerRows, chunks: layout.chunks };
  const rows = Math.min(layout.registerRows, Math.max(1, Math.min(most, 8)));
  return { rows, chunks: Math.max(1, Math.min(layout.chunks, Math.floor(most / rows))) };
}

/** Nothing when one block is all of the result: then it adds up where the result stays. */
function accumulatorsFor(
  { emitter }: Context,
  { memory, layout }: Target,
  rows: number,
  chunks: number,
): readonly Memory[] | undefined {
  if (rows * chunks === layout.registerRows * layout.chunks) return undefined;
  const type: ThreadType = { scalar: memory.type.scalar, width: layout.width };
  return Array.from({ length: rows * chunks }, () =>
    emitter.declare({ name: "acc", space: "function", type, length: 0 }),
  );
}

function steps(context: Context, count: number, visit: (index: Expr) => void): void {
  if (count === 1) forEachInt(context, count, visit);
  else countedLoop(context, count, "b", visit);
}

function placesOf(
  context: Context,
  block: Block,
  accumulators: readonly Memory[] | undefined,
  target: Target,
): readonly Place[] {
  const { emitter } = context;
  return Array.from({ length: block.rows * block.chunks }, (_, index) => {
    const r = Math.floor(index / block.chunks);
    const c = index % block.chunks;
    const row = emitter.binary("add", block.row, emitter.int(r));
    const chunk = emitter.binary("add", block.chunk, emitter.int(c));
    const own = accumulators?.[index];
    const place = own === undefined ? emitter.int(index) : undefined;
    return { memory: own ?? target.memory, index: place, r, c, row, chunk };
  });
}

function begin(
  context: Context,
  { layout }: Block,
  places: readonly Place[],
  start: ValueId | undefined,
): void {
  const { emitter } = context;
  for (const { memory, index, row, chunk } of places) {
    const lanes =
      start === undefined ? undefined : evaluate(context, start, registerSite(context, layout, row, chunk));
    const value = lanes === undefined ? constantLike(memory.type, 0) : exprOf(emitter, lanes);
    emitter.set(memory, index, value);
  }
}

function finish(context: Context, places: readonly Place[], target: Target): void {
  const since = now(context);
  for (const { memory, row, chunk } of places) {
    const value = context.emitter.read(memory, undefined, since);
    writeRegister(context, target, { row, chunk }, { kind: "vector", value });
  }
}
