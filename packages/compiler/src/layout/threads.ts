import { isValueOp, type TileOp, type ValueId } from "@tilebook/ir";
import type { Schedule, Target } from "../program.ts";
import type { Facts } from "./facts.ts";
import type { Kept } from "./keep.ts";
import type { Threads } from "./layout.ts";

interface Matrix {
  readonly rows: number;
  readonly columns: number;
}

/** From this many rows on, a thread gets whole rows: reductions along them and products with them need no barrier. */
const fewestRows = 32;

/** The threads of a workgroup, and how they lie over any matrix. */
export function threadsOf({ threads, across }: Schedule): Threads {
  const down = threads / across;
  return { count: threads, rowsFor: (wanted) => Math.min(wanted, down) };
}

/**
 * A schedule for whoever has tried none: whole rows per thread where rows are reduced or multiplied again, else blocks of
 * about 4 x 4 to 4 x 8 elements for products, and rows of threads for the rest.
 */
export function defaultSchedule(facts: Facts, kept: Kept, target: Target): Schedule {
  return { ...chooseThreads(facts, kept, target), unroll: 16, operands: "own" };
}

type Lay = Pick<Schedule, "threads" | "across">;

function chooseThreads(facts: Facts, kept: Kept, target: Target): Lay {
  const most = powerOfTwoBelow(Math.min(target.workgroupInvocations, 256));
  const rows = wholeRows(facts);
  if (rows >= fewestRows) return rowThreads(rows, widest(facts, kept, rows), Math.min(most, 128));
  const dots = facts.ops.flatMap((op) => (op.kind === "dot" ? [matrixOf(op.type.shape)] : []));
  if (dots.length > 0) return blockThreads(dots.reduce(larger), most);
  return lineThreads(facts, most);
}

/** The most rows of a matrix that is reduced along its rows, or is a kept left operand of a dot. */
function wholeRows(facts: Facts): number {
  return Math.max(0, ...facts.ops.map((op) => rowsWanted(op, facts)));
}

function rowsWanted(op: TileOp, facts: Facts): number {
  if (op.kind === "dot") return facts.owned(op.left) ? (op.type.shape[0] ?? 0) : 0;
  if (op.kind !== "reduce") return 0;
  const shape = facts.typeOf(op.input).shape;
  const reducesOnly = !facts.ops.some((other) => other.kind === "dot");
  const columns = shape.at(-1) ?? 1;
  if (shape.length !== 2 || op.axis !== 1 || (reducesOnly && columns > 64)) return 0;
  return shape[0] ?? 0;
}

function widest(facts: Facts, kept: Kept, rows: number): number {
  const columns = facts.ops.flatMap((op) => {
    if (!isValueOp(op) || !kept.tiles.has(op.result)) return [];
    const [first = 1, last = 1] = op.type.shape.length === 2 ? op.type.shape : [];
    return first === rows ? [last] : [];
  });
  return Math.max(1, ...columns);
}

function rowThreads(rows: number, columns: number, most: number): Lay {
  const perThread = columns <= 32 && rows >= 64 ? 2 : 1;
  return { threads: Math.min(most, rows / perThread), across: 1 };
}

function blockThreads(dot: Matrix, most: number): Lay {
  const elements = dot.rows * dot.columns;
  const count = clamp(elements / (elements >= 4096 ? 32 : 16), 32, most);
  const across = Math.min(dot.columns, elements / count >= 32 ? 8 : 4);
  const threadColumns = Math.min(count, Math.max(1, dot.columns / across));
  const threadRows = Math.min(dot.rows, count / threadColumns);
  return { threads: count, across: count / threadRows };
}

function lineThreads(facts: Facts, most: number): Lay {
  const tiles = facts.ops.flatMap((op) => workOf(op, facts));
  if (tiles.length === 0) return { threads: 1, across: 1 };
  const work = tiles.reduce(larger);
  const reduces = facts.ops.some((op) => op.kind === "reduce");
  const count = clamp((work.rows * work.columns) / (reduces ? 16 : 4), 32, most);
  const threadColumns = Math.min(count, Math.max(1, work.columns / 4));
  const threadRows = Math.min(work.rows, count / threadColumns);
  return { threads: count, across: count / threadRows };
}

function workOf(op: TileOp, facts: Facts): readonly Matrix[] {
  return shapesOf(op)
    .map((value) => matrixOf(facts.typeOf(value).shape))
    .filter(isTile);
}

/** The tiles whose elements are an op's work. */
function shapesOf(op: TileOp): readonly ValueId[] {
  if (op.kind === "store" || op.kind === "atomic") return [op.offset];
  if (op.kind === "reduce" || op.kind === "argsort") return [op.input];
  if (op.kind === "fold" || op.kind === "scan") return op.inputs;
  if (op.kind === "print") return [op.value];
  return op.kind === "assert" ? [op.condition] : [];
}

function isTile(matrix: Matrix): boolean {
  return matrix.rows * matrix.columns > 1;
}

function matrixOf(shape: readonly number[]): Matrix {
  const columns = shape.at(-1) ?? 1;
  return { rows: shape.slice(0, -1).reduce((product, size) => product * size, 1), columns };
}

function larger(a: Matrix, b: Matrix): Matrix {
  return b.rows * b.columns > a.rows * a.columns ? b : a;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(Math.min(least, most), Math.min(value, most));
}

function powerOfTwoBelow(value: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, value)));
}
