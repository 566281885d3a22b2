import type { DotOp, ValueId } from "@tilebook/ir";
import type { Layout } from "../layout/layout.ts";
import { contiguousIn } from "../layout/strides.ts";
import { computedAs, type Expr, type Memory } from "../thread/ir.ts";
import { type Context, log2, now } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { exprOf, type Lanes, laneOf, lanesOf, same } from "./lanes.ts";
import { runAt } from "./operands.ts";
import { countedLoop, forEachInt } from "./registers.ts";
import { at, type Coordinate, type Site, site } from "./site.ts";

/** An operand of a product at a place of its tile. */
export type Reader = (place: Site) => Lanes;

/** The operands that have a copy in workgroup memory. */
export interface Staged {
  readonly left?: Reader;
  readonly right?: Reader;
}

/**
 * Copies of a product's operands in workgroup memory, filled by all threads together, as readers: of the left where several
 * threads want the same rows, of the right where they want the same columns. What only its owner can compute, what nobody
 * shares, and what is too small to be read by fours has none. All read fours along the tile's last axis.
 */
export function stage(context: Context, { left, right }: DotOp, layout: Layout): Staged {
  if (context.schedule.operands !== "workgroup" || layout.width !== 4) return {};
  const wants = (value: ValueId, shared: boolean): boolean => {
    const [rows = 1, columns = 1] = context.facts.typeOf(value).shape;
    return shared && !context.facts.owned(value) && columns >= 4 && rows > 1;
  };
  const rows = wants(left, layout.threadColumns > 1) ? copied(context, left, "left", 1) : undefined;
  const columns = wants(right, layout.threadRows > 1) ? copied(context, right, "right", 0) : undefined;
  const since = now(context);
  const origin = at(context.emitter.int(0));
  const reader = ({ memory, pitch }: Copy): Reader => {
    return ({ coordinates: [row = origin, column = origin] }) =>
      readCopy(context, { memory, pitch, since, row, column });
  };
  return {
    ...(rows === undefined ? {} : { left: reader(rows) }),
    ...(columns === undefined ? {} : { right: reader(columns) }),
  };
}

interface Copy {
  readonly memory: Memory;
  /** Fours from one row to the next. */
  readonly pitch: number;
}

/** `padding`: fours between rows, so that threads that read different rows at once do not wait for each other. */
function copied(context: Context, value: ValueId, name: string, padding: number): Copy {
  const { emitter, facts } = context;
  const { dtype, shape } = facts.typeOf(value);
  const [rows = 1, columns = 1] = shape;
  const pitch = columns / 4 + padding;
  const memory = emitter.declare({
    name,
    space: "workgroup",
    type: { scalar: computedAs[dtype], width: 4 },
    length: rows * pitch,
    purpose: `the ${name} of a dot, ${dtype}[${shape.join(", ")}]`,
    ...(emitter.span === undefined ? {} : { span: emitter.span }),
  });
  const turned = contiguousIn(facts, value, 0) !== undefined && contiguousIn(facts, value, 1) === undefined;
  const to: Filling = { value, memory, pitch, rows, columns };
  if (turned && rows >= 4) fillTurned(context, to);
  else fill(context, to);
  return { memory, pitch };
}

interface Filling extends Copy {
  readonly value: ValueId;
  readonly rows: number;
  readonly columns: number;
}

/** Each thread copies fours along the rows; neighbours copy neighbours. */
function fill(context: Context, { value, memory, pitch, rows, columns }: Filling): void {
  const { emitter } = context;
  const across = columns / 4;
  share(context, rows * across, (unit) => {
    const { row, column } = placeOf(context, unit, across);
    const lanes = evaluate(context, value, site([at(row), runAt(context, column)]));
    const place = emitter.binary("add", emitter.binary("mul", row, emitter.int(pitch)), column);
    emitter.set(memory, place, exprOf(emitter, lanes));
  });
}

/** In memory its columns are neighbours: each thread reads fours along them, and turns a block of 4 x 4. */
function fillTurned(context: Context, { value, memory, pitch, rows, columns }: Filling): void {
  const { emitter } = context;
  share(context, (rows * columns) / 16, (unit) => {
    const { row: column, column: row } = placeOf(context, unit, rows / 4);
    const first = emitter.binary("mul", column, emitter.int(4));
    const four = [0, 1, 2, 3].map((step) => {
      const here = at(emitter.binary("add", first, emitter.int(step)));
      return evaluate(context, value, site([runAt(context, row), here]));
    });
    for (const step of [0, 1, 2, 3]) {
      const down = emitter.binary("add", emitter.binary("mul", row, emitter.int(4)), emitter.int(step));
      const place = emitter.binary("add", emitter.binary("mul", down, emitter.int(pitch)), column);
      emitter.set(memory, place, emitter.pack(four.map((lanes) => laneOf(emitter, lanes, step))));
    }
  });
}

/** Units of straight code at most. */
const mostStraight = 8;

/** Calls `visit` for every unit of work, shared evenly among the threads of the workgroup. */
function share(context: Context, units: number, visit: (unit: Expr) => void): void {
  const { emitter, thread, threads } = context;
  if (units < threads.count) {
    const has = emitter.binary("lt", thread, emitter.int(units));
    emitter.branch(has, false, { whenTrue: () => visit(thread) });
    return;
  }
  const turns = units / threads.count;
  const turn = (index: Expr): void =>
    visit(emitter.binary("add", emitter.binary("mul", index, emitter.int(threads.count)), thread));
  if (turns <= mostStraight) forEachInt(context, turns, turn);
  else countedLoop(context, turns, "f", turn);
}

/** A unit as a row and a column of units, `across` a row. */
function placeOf(
  { emitter }: Context,
  unit: Expr,
  across: number,
): { readonly row: Expr; readonly column: Expr } {
  return {
    row: emitter.binary("shr", unit, emitter.int(log2(across))),
    column: emitter.binary("and", unit, emitter.int(across - 1)),
  };
}

function readCopy(
  { emitter }: Context,
  from: Copy & {
    readonly since: ReturnType<typeof now>;
    readonly row: Coordinate;
    readonly column: Coordinate;
  },
): Lanes {
  const { memory, pitch, since, row, column } = from;
  const down = emitter.binary("mul", laneOf(emitter, row.lanes, 0), emitter.int(pitch));
  if (column.chunk !== undefined)
    return lanesOf(emitter.read(memory, emitter.binary("add", down, column.chunk), since));
  const index = laneOf(emitter, column.lanes, 0);
  const chunk = emitter.binary("shr", index, emitter.int(2));
  const four = emitter.read(memory, emitter.binary("add", down, chunk), since);
  return same(emitter.lane(four, emitter.binary("and", index, emitter.int(3))));
}
