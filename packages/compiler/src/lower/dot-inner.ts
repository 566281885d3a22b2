import type { Expr, Memory, ThreadType } from "../thread/ir.ts";
import { constantLike } from "../thread/simplify.ts";
import { type Context, now } from "./context.ts";
import type { Block, Place } from "./dot.ts";
import { type Terms, termsOf } from "./dot-terms.ts";
import { exprOf, laneOf } from "./lanes.ts";
import { handedOn, runAt } from "./operands.ts";
import { countedLoop, forEachInt } from "./registers.ts";
import { at, columnAt, type Coordinate, rowAt, type Site, site } from "./site.ts";

/** Multiplications of one straight piece of code at most, in vectors. */
const mostProducts = 512;

/** One number of the result: what its fours along k add up to. */
interface Sum {
  readonly memory: Memory;
  readonly r: number;
  /** Chunk and lane of its column. */
  readonly c: number;
  readonly lane: number;
}

/** Four numbers along k of both sides at a time. What adds up in parts is made one number at the end. */
export function multiplyInner(context: Context, block: Block, places: readonly Place[]): void {
  const { emitter, subgroup } = context;
  const terms = termsOf(context, block.op);
  const sums = openSums(context, block, { places, type: terms.type });
  const inner = (context.facts.typeOf(block.op.left).shape[1] ?? 1) / 4;
  const perTurn = subgroup > 1 && inner % subgroup === 0 ? subgroup : 1;
  const turn = (k: Expr): void => {
    const first = emitter.binary("mul", k, emitter.int(perTurn));
    multiply(context, block, sums, { first, perTurn, terms });
  };
  const straight =
    inner === perTurn || inner * sums.length <= Math.min(mostProducts, 4 * context.schedule.unroll);
  if (straight) forEachInt(context, inner / perTurn, turn);
  else countedLoop(context, inner / perTurn, "k", turn);
  const since = now(context);
  for (const { memory, index, r, c } of places) {
    const lanes = sums
      .filter((sum) => sum.r === r && sum.c === c)
      .map((sum) => terms.sum(emitter.read(sum.memory, undefined, since)));
    const [only] = lanes;
    const found = lanes.length === 1 ? only : emitter.pack(lanes);
    if (found !== undefined)
      emitter.set(memory, index, emitter.binary("add", emitter.read(memory, index, since), found));
  }
}

function openSums(
  { emitter }: Context,
  { layout }: Block,
  { places, type }: { readonly places: readonly Place[]; readonly type: ThreadType },
): readonly Sum[] {
  return places.flatMap(({ r, c }) =>
    Array.from({ length: layout.width }, (_, lane): Sum => {
      const memory = emitter.declare({ name: "acc", space: "function", type, length: 0 });
      emitter.set(memory, undefined, constantLike(type, 0));
      return { memory, r, c, lane };
    }),
  );
}

interface Turn {
  /** First four along k, and how many fours. */
  readonly first: Expr;
  readonly perTurn: number;
  readonly terms: Terms;
}

/** Column by column, four by four: what is read of the right is used at once by all rows. */
function multiply(context: Context, block: Block, sums: readonly Sum[], turn: Turn): void {
  const { emitter } = context;
  const { op, layout } = block;
  const { first, perTurn, terms } = turn;
  const alongs = Array.from({ length: perTurn }, (_, step) =>
    runAt(context, emitter.binary("add", first, emitter.int(step))),
  );
  const left = (r: number, along: Coordinate): Expr => {
    const row = rowAt(context, layout, emitter.binary("add", block.row, emitter.int(r)));
    const place = site([row, along]);
    const staged = block.staged.left?.(place);
    return staged === undefined ? terms.read(op.left, place) : exprOf(emitter, staged);
  };
  const rows = Array.from({ length: block.rows }, (_, r) => alongs.map((along) => left(r, along)));
  for (const column of columnsOf(sums)) {
    const right = rightOf(context, block, column, turn);
    for (let step = 0; step < perTurn; step++)
      for (const { memory, r } of column.sums) {
        const a = rows[r]?.[step];
        if (a === undefined) continue;
        const total = emitter.read(memory, undefined, now(context));
        emitter.set(memory, undefined, terms.add(total, a, right(step)));
      }
  }
}

interface Column {
  readonly c: number;
  readonly lane: number;
  readonly sums: readonly Sum[];
}

function columnsOf(sums: readonly Sum[]): readonly Column[] {
  const columns = new Map<string, Sum[]>();
  for (const sum of sums) {
    const key = `${sum.c} ${sum.lane}`;
    columns.set(key, [...(columns.get(key) ?? []), sum]);
  }
  return Array.from(columns.values()).map((own) => ({
    c: own[0]?.c ?? 0,
    lane: own[0]?.lane ?? 0,
    sums: own,
  }));
}

/** The fours along k of one column. */
function rightOf(
  context: Context,
  { op, layout, chunk }: Block,
  column: Column,
  { first, perTurn, terms }: Turn,
): (step: number) => Expr {
  const { emitter } = context;
  const register = emitter.binary("add", chunk, emitter.int(column.c));
  const here = at(laneOf(emitter, columnAt(context, layout, register).lanes, column.lane));
  const placeAt = (step: Expr): Site => site([runAt(context, emitter.binary("add", first, step)), here]);
  const handed =
    layout.threadColumns === 1 ? handedOn(context, op.right, perTurn, placeAt, terms.read) : undefined;
  return (step) =>
    handed === undefined ? terms.read(op.right, placeAt(emitter.int(step))) : exprOf(emitter, handed(step));
}
