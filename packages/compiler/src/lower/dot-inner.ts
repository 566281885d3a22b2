import type { Expr, Memory, ThreadType } from "../thread/ir.ts";
import { constantLike } from "../thread/simplify.ts";
import { type Context, now } from "./context.ts";
import type { Block, Place } from "./dot.ts";
import { evaluate } from "./evaluate.ts";
import { exprOf, type Lanes, laneOf } from "./lanes.ts";
import { handedOn, type Operand, runAt } from "./operands.ts";
import { countedLoop, forEachInt } from "./registers.ts";
import { at, columnAt, type Coordinate, rowAt, site } from "./site.ts";

/** Multiplications of one straight piece of code at most, in vectors. */
const mostProducts = 512;

/** One number of the result: what its vectors along k add up to. */
interface Sum {
  readonly memory: Memory;
  readonly r: number;
  /** Chunk and lane of its column. */
  readonly c: number;
  readonly lane: number;
}

/** Vectors along k of both sides; the four lanes of their sums are added at the end. */
export function multiplyInner(context: Context, block: Block, places: readonly Place[]): void {
  const { emitter, subgroup } = context;
  const sums = openSums(context, block, places);
  const inner = (context.facts.typeOf(block.op.left).shape[1] ?? 1) / 4;
  const perTurn = subgroup > 1 && inner % subgroup === 0 ? subgroup : 1;
  const turn = (k: Expr): void =>
    multiply(context, block, sums, { first: emitter.binary("mul", k, emitter.int(perTurn)), perTurn });
  const straight =
    inner === perTurn || inner * sums.length <= Math.min(mostProducts, 4 * context.schedule.unroll);
  if (straight) forEachInt(context, inner / perTurn, turn);
  else countedLoop(context, inner / perTurn, "k", turn);
  const since = now(context);
  for (const { memory, index, r, c } of places) {
    const lanes = sums
      .filter((sum) => sum.r === r && sum.c === c)
      .map((sum) => addLanes(context, emitter.read(sum.memory, undefined, since)));
    const [only] = lanes;
    const found = lanes.length === 1 ? only : emitter.pack(lanes);
    if (found !== undefined)
      emitter.set(memory, index, emitter.binary("add", emitter.read(memory, index, since), found));
  }
}

function openSums({ emitter }: Context, { layout }: Block, places: readonly Place[]): readonly Sum[] {
  return places.flatMap(({ memory: { type }, r, c }) =>
    Array.from({ length: layout.width }, (_, lane): Sum => {
      const four: ThreadType = { scalar: type.scalar, width: 4 };
      const memory = emitter.declare({ name: "acc", space: "function", type: four, length: 0 });
      emitter.set(memory, undefined, constantLike(four, 0));
      return { memory, r, c, lane };
    }),
  );
}

interface Turn {
  /** First vector along k, and how many. */
  readonly first: Expr;
  readonly perTurn: number;
}

/** Column by column, vector by vector: what is read of the right is used at once by all rows. */
function multiply(context: Context, block: Block, sums: readonly Sum[], { first, perTurn }: Turn): void {
  const { emitter } = context;
  const { op, layout } = block;
  const alongs = Array.from({ length: perTurn }, (_, step) =>
    runAt(context, emitter.binary("add", first, emitter.int(step))),
  );
  const left = (r: number, along: Coordinate): Expr => {
    const row = rowAt(context, layout, emitter.binary("add", block.row, emitter.int(r)));
    return wide(context, evaluate(context, op.left, site([row, along])));
  };
  const rows = Array.from({ length: block.rows }, (_, r) => alongs.map((along) => left(r, along)));
  for (const column of columnsOf(sums)) {
    const right = rightOf(context, block, column, { first, alongs });
    for (let step = 0; step < perTurn; step++)
      for (const { memory, r } of column.sums) {
        const a = rows[r]?.[step];
        if (a === undefined) continue;
        const total = emitter.read(memory, undefined, now(context));
        const product = emitter.binary("mul", a, wide(context, right(step)));
        emitter.set(memory, undefined, emitter.binary("add", total, product));
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

/** The vectors along k of one column. */
function rightOf(
  context: Context,
  { op, layout, chunk }: Block,
  column: Column,
  { first, alongs }: { readonly first: Expr; readonly alongs: readonly Coordinate[] },
): Operand {
  const { emitter } = context;
  const register = emitter.binary("add", chunk, emitter.int(column.c));
  const here = at(laneOf(emitter, columnAt(context, layout, register).lanes, column.lane));
  const handed =
    layout.threadColumns === 1
      ? handedOn(context, op.right, alongs.length, (index) =>
          site([runAt(context, emitter.binary("add", first, index)), here]),
        )
      : undefined;
  return (
    handed ?? ((step) => evaluate(context, op.right, site([alongs[step] ?? runAt(context, first), here])))
  );
}

function wide({ emitter }: Context, lanes: Lanes): Expr {
  return lanes.kind === "same" ? emitter.splat(lanes.value) : exprOf(emitter, lanes);
}

function addLanes({ emitter }: Context, vector: Expr): Expr {
  const lane = (index: number): Expr => emitter.lane(vector, index);
  return emitter.binary(
    "add",
    emitter.binary("add", lane(0), lane(1)),
    emitter.binary("add", lane(2), lane(3)),
  );
}
