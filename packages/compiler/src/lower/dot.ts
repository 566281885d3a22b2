import type { DotOp, ValueId } from "@tilebook/ir";
import type { Layout } from "../layout/layout.ts";
import type { Expr, Memory, ThreadType } from "../thread/ir.ts";
import { constantLike } from "../thread/simplify.ts";
import { type Context, now, type Tile } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { exprOf, laneOf } from "./lanes.ts";
import { countedLoop, forEachInt, writeRegister } from "./registers.ts";
import { at, columnAt, type Coordinate, registerSite, rowAt, site } from "./site.ts";

/** Accumulators of one k-loop; a thread with more of them runs the loop several times. */
const mostAccumulators = 16;
/** A turn of the loop with fewer products than this takes four steps of k at once. */
const fewestProducts = 16;

interface Block {
  readonly op: DotOp;
  readonly layout: Layout;
  /** First register row and chunk, and how many of each. */
  readonly row: Expr;
  readonly rows: number;
  readonly chunk: Expr;
  readonly chunks: number;
}

/**
 * result = start + left * right, into the registers of `target`. The operands are evaluated as index functions in
 * a loop over k: per turn, `rows` values of the left and `chunks` vectors of the right feed rows * chunks products.
 */
export function lowerDot(
  context: Context,
  op: DotOp,
  target: Pick<Tile, "memory" | "layout">,
  start: ValueId | undefined,
): void {
  const { emitter } = context;
  const { layout } = target;
  const rows = Math.min(layout.registerRows, 8);
  const chunks = Math.max(1, Math.min(layout.chunks, Math.floor(mostAccumulators / rows)));
  const type: ThreadType = { scalar: target.memory.type.scalar, width: layout.width };
  const accumulators = Array.from({ length: rows * chunks }, () =>
    emitter.declare({ name: "acc", space: "function", type, length: 0 }),
  );
  const blockAt = (row: Expr, chunk: Expr): void =>
    lowerBlock(context, { op, layout, row, rows, chunk, chunks }, { accumulators, target, start });
  const alongColumns = (row: Expr): void =>
    steps(context, layout.chunks / chunks, (chunk) =>
      blockAt(row, emitter.binary("mul", chunk, emitter.int(chunks))),
    );
  steps(context, layout.registerRows / rows, (row) =>
    alongColumns(emitter.binary("mul", row, emitter.int(rows))),
  );
}

function steps(context: Context, count: number, visit: (index: Expr) => void): void {
  if (count === 1) forEachInt(context, count, visit);
  else countedLoop(context, count, "b", visit);
}

function lowerBlock(
  context: Context,
  block: Block,
  into: {
    readonly accumulators: readonly Memory[];
    readonly target: Pick<Tile, "memory" | "layout">;
    readonly start: ValueId | undefined;
  },
): void {
  const { emitter } = context;
  const { accumulators, target, start } = into;
  const places = placesOf(context, block, accumulators);
  for (const { memory, row, chunk } of places) {
    const lanes =
      start === undefined
        ? undefined
        : evaluate(context, start, registerSite(context, block.layout, row, chunk));
    const value = lanes === undefined ? constantLike(memory.type, 0) : exprOf(emitter, lanes);
    emitter.set(memory, undefined, value);
  }
  alongK(context, block, places);
  const since = now(context);
  for (const { memory, row, chunk } of places) {
    const total = emitter.read(memory, undefined, since);
    writeRegister(context, target, { row, chunk }, { kind: "vector", value: total });
  }
}

interface Place {
  readonly memory: Memory;
  readonly r: number;
  readonly c: number;
  readonly row: Expr;
  readonly chunk: Expr;
}

function placesOf(context: Context, block: Block, accumulators: readonly Memory[]): readonly Place[] {
  const { emitter } = context;
  return accumulators.map((memory, index) => {
    const r = Math.floor(index / block.chunks);
    const c = index % block.chunks;
    const row = emitter.binary("add", block.row, emitter.int(r));
    const chunk = emitter.binary("add", block.chunk, emitter.int(c));
    return { memory, r, c, row, chunk };
  });
}

function alongK(context: Context, block: Block, places: readonly Place[]): void {
  const { emitter } = context;
  const inner = context.facts.typeOf(block.op.left).shape[1] ?? 1;
  const products = block.rows * block.chunks * block.layout.width;
  const perTurn = inner >= 4 && products < fewestProducts ? 4 : 1;
  const turn = (k: Expr): void => multiply(context, block, places, { k, perTurn });
  if (inner === perTurn) turn(emitter.int(0));
  else countedLoop(context, inner / perTurn, "k", turn);
}

/** One turn: k is counted in steps of `perTurn`. */
function multiply(
  context: Context,
  block: Block,
  places: readonly Place[],
  turn: { readonly k: Expr; readonly perTurn: 1 | 4 },
): void {
  const { emitter } = context;
  const { op, layout } = block;
  const { k, perTurn } = turn;
  const first = emitter.binary("mul", k, emitter.int(perTurn));
  const along: Coordinate =
    perTurn === 4 ? { lanes: { kind: "run", base: first, step: 1 }, chunk: k } : at(first);
  const left = Array.from({ length: block.rows }, (_, r) => {
    const row = rowAt(context, layout, emitter.binary("add", block.row, emitter.int(r)));
    return evaluate(context, op.left, site([row, along]));
  });
  const totals = places.map(({ memory }) => emitter.read(memory, undefined, now(context)));
  for (let step = 0; step < perTurn; step++) {
    const here = at(emitter.binary("add", first, emitter.int(step)));
    const right = Array.from({ length: block.chunks }, (_, c) => {
      const column = columnAt(context, layout, emitter.binary("add", block.chunk, emitter.int(c)));
      return exprOf(emitter, evaluate(context, op.right, site([here, column])));
    });
    for (const [index, { r, c }] of places.entries()) {
      const [lanes, b, total] = [left[r], right[c], totals[index]];
      if (lanes === undefined || b === undefined || total === undefined) continue;
      totals[index] = emitter.binary("add", total, emitter.binary("mul", laneOf(emitter, lanes, step), b));
    }
  }
  for (const [index, { memory }] of places.entries()) {
    const total = totals[index];
    if (total !== undefined) emitter.set(memory, undefined, total);
  }
}
