import type { Expr } from "../thread/ir.ts";
import { contiguousIn } from "../layout/strides.ts";
import { type Context, now } from "./context.ts";
import type { Block, Place } from "./dot.ts";
import { evaluate } from "./evaluate.ts";
import { exprOf, type Lanes, laneOf } from "./lanes.ts";
import { handedOn, type Operand, runAt } from "./operands.ts";
import { countedLoop, forEachInt } from "./registers.ts";
import { at, columnAt, type Coordinate, rowAt, site } from "./site.ts";

/** Multiplications of one straight piece of code at most, in vectors. */
const mostProducts = 512;

/** Numbers of the left, four steps of k at a time, times vectors of the right along its columns. */
export function multiplyOuter(context: Context, block: Block, places: readonly Place[]): void {
  const inner = context.facts.typeOf(block.op.left).shape[1] ?? 1;
  const perTurn = inner >= 4 && (places.length < 16 || isWide(context, block)) ? 4 : 1;
  const turns = inner / perTurn;
  const turn = (k: Expr): void => multiply(context, block, places, { k, perTurn });
  const straight =
    turns === 1 || turns * perTurn * places.length <= Math.min(mostProducts, 4 * context.schedule.unroll);
  if (straight) forEachInt(context, turns, turn);
  else countedLoop(context, turns, "k", turn);
}

/** Right sides that are read number by number make long code: then a turn is one step. */
function isWide({ facts, granted }: Context, { op, turned, staged }: Block): boolean {
  if (turned || staged.right !== undefined) return true;
  const buffer = contiguousIn(facts, op.right, 1);
  return facts.owned(op.right) || (buffer !== undefined && !granted.narrow.has(buffer));
}

interface Turn {
  /** Counted in steps of `perTurn`. */
  readonly k: Expr;
  readonly perTurn: 1 | 4;
}

/** The side with fewer values is read first; those of the other are read one by one, and used at once. */
function multiply(context: Context, block: Block, places: readonly Place[], turn: Turn): void {
  const { rows, chunks } = block;
  const left = leftOf(context, block, turn);
  const right = rightOf(context, block, turn);
  const columnsFirst = rows < chunks * turn.perTurn;
  const add = (r: number, c: number): void => {
    const place = places[r * chunks + c];
    if (place !== undefined) addProducts(context, place, left(r), right(c));
  };
  if (columnsFirst) {
    forEach(rows, left);
    forEach(chunks, (c) => forEach(rows, (r) => add(r, c)));
  } else {
    forEach(chunks, right);
    forEach(rows, (r) => forEach(chunks, (c) => add(r, c)));
  }
}

function forEach(count: number, visit: (index: number) => unknown): void {
  for (let index = 0; index < count; index++) visit(index);
}

function addProducts(context: Context, { memory, index }: Place, left: Lanes, right: readonly Expr[]): void {
  const { emitter } = context;
  let total = emitter.read(memory, index, now(context));
  if (isMatrix(context, left, right)) {
    const product = emitter.transform(emitter.matrix(right), left.value);
    emitter.set(memory, index, emitter.binary("add", total, product));
    return;
  }
  right.forEach((b, step) => {
    total = emitter.binary("add", total, emitter.binary("mul", laneOf(emitter, left, step), b));
  });
  emitter.set(memory, index, total);
}

function isMatrix(
  { schedule }: Context,
  left: Lanes,
  right: readonly Expr[],
): left is Extract<Lanes, { kind: "vector" }> {
  const wide = right.length === 4 && right.every(({ type }) => type.width === 4 && type.scalar === "f32");
  return schedule.products === "matrix" && wide && left.kind === "vector";
}

/** A vector along k of each row. */
function leftOf(context: Context, block: Block, { k, perTurn }: Turn): Operand {
  const { emitter } = context;
  const { op, layout, staged } = block;
  const along: Coordinate = perTurn === 4 ? runAt(context, k) : at(k);
  const handed =
    layout.threadRows === 1
      ? handedOn(context, op.left, block.rows, (index) =>
          site([at(emitter.binary("add", block.row, index)), along]),
        )
      : undefined;
  if (handed !== undefined) return handed;
  const read = staged.left ?? ((place) => evaluate(context, op.left, place));
  return (r) => read(site([rowAt(context, layout, emitter.binary("add", block.row, emitter.int(r))), along]));
}

/** The columns of a chunk, at each step of k. */
function rightOf(context: Context, block: Block, { k, perTurn }: Turn): (chunk: number) => readonly Expr[] {
  const { emitter } = context;
  if (block.turned) return turnedRight(context, block, k);
  const first = emitter.binary("mul", k, emitter.int(perTurn));
  const steps = Array.from({ length: perTurn }, (_, step) =>
    rightAt(context, block, at(emitter.binary("add", first, emitter.int(step)))),
  );
  return (chunk) => steps.map((step) => exprOf(emitter, step(chunk)));
}

/** Fours along k of a chunk's columns are read as they lie in memory, and turned in registers. */
function turnedRight(
  context: Context,
  { op, layout, chunk, chunks }: Block,
  k: Expr,
): (chunk: number) => readonly Expr[] {
  const { emitter } = context;
  const along = runAt(context, k);
  const columns = emitter.binary("mul", chunk, emitter.int(4));
  const handed =
    layout.threadColumns === 1
      ? handedOn(context, op.right, 4 * chunks, (index) =>
          site([along, at(emitter.binary("add", columns, index))]),
        )
      : undefined;
  const columnOf = (c: number, lane: number): Lanes => {
    if (handed !== undefined) return handed(4 * c + lane);
    const { lanes } = columnAt(context, layout, emitter.binary("add", chunk, emitter.int(c)));
    return evaluate(context, op.right, site([along, at(laneOf(emitter, lanes, lane))]));
  };
  return (c) => {
    const four = [0, 1, 2, 3].map((lane) => columnOf(c, lane));
    return [0, 1, 2, 3].map((step) => emitter.pack(four.map((lanes) => laneOf(emitter, lanes, step))));
  };
}

function rightAt(context: Context, block: Block, along: Coordinate): Operand {
  const { emitter } = context;
  const { op, layout, staged } = block;
  const read = staged.right ?? ((place) => evaluate(context, op.right, place));
  const common = layout.threadColumns === 1 && layout.width === 4;
  const handed = common
    ? handedOn(context, op.right, block.chunks, (index) =>
        site([along, runAt(context, emitter.binary("add", block.chunk, index))]),
      )
    : undefined;
  if (handed !== undefined) return handed;
  return (c) => {
    const column = columnAt(context, layout, emitter.binary("add", block.chunk, emitter.int(c)));
    return read(site([along, column]));
  };
}
