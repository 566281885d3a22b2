import { isValueOp, type TileValueOp, type ValueId } from "@tilebook/ir";
import type { Bound } from "./bound.ts";
import { addSums, type Around, constantSum, type Sum, sumOf } from "./sum.ts";

/** Where a mask may be true somewhere. */
export interface Reach {
  /** Nowhere in turns whose index is less. */
  readonly from?: Bound | undefined;
  /** Nowhere in turns whose index is this or more. */
  readonly end?: Bound | undefined;
}

/** How many ops of masks are looked through, one inside the other. */
const deepest = 10;

/** What is asked of a bool: where it holds, or where it does not. */
interface Asked {
  readonly around: Around;
  readonly holds: boolean;
  readonly depth: number;
}

/** In which turns a bool may be true somewhere, as far as its comparisons go by the loop's index. */
export function reachOf(value: ValueId, around: Around): Reach {
  return reachIn(value, { around, holds: true, depth: 0 });
}

function reachIn(value: ValueId, asked: Asked): Reach {
  const op = asked.around.definitions.madeBy(value);
  if (op === undefined || !isValueOp(op) || asked.depth > deepest) return {};
  const within = { ...asked, depth: asked.depth + 1 };
  if (op.kind === "broadcast" || op.kind === "reshape" || op.kind === "transpose")
    return reachIn(op.input, within);
  if (op.kind === "unary" && op.op === "not") return reachIn(op.input, { ...within, holds: !asked.holds });
  if (op.kind !== "binary") return {};
  if (op.op !== "and" && op.op !== "or") return meet(differences(op, asked).map(reachOfDifference));
  const sides = [op.left, op.right].map((side) => reachIn(side, within));
  return (op.op === "and") === asked.holds ? meet(sides) : join(sides);
}

/** Both must hold: it is false where one of them is. */
function meet(sides: readonly Reach[]): Reach {
  return {
    from: some(
      "max",
      sides.map(({ from }) => from),
    ),
    end: some(
      "min",
      sides.map(({ end }) => end),
    ),
  };
}

/** One must hold: it is false where all of them are. */
function join(sides: readonly Reach[]): Reach {
  return {
    from: every(
      "min",
      sides.map(({ from }) => from),
    ),
    end: every(
      "max",
      sides.map(({ end }) => end),
    ),
  };
}

type Bounds = readonly (Bound | undefined)[];

/** Of those that are known. */
function some(kind: "min" | "max", bounds: Bounds): Bound | undefined {
  const of = bounds.filter((bound) => bound !== undefined);
  return of.length < 2 ? of[0] : { kind, of };
}

/** Undefined when one of them is. */
function every(kind: "min" | "max", bounds: Bounds): Bound | undefined {
  return bounds.includes(undefined) ? undefined : some(kind, bounds);
}

const opposite: Partial<Record<string, string>> = { lt: "ge", le: "gt", gt: "le", ge: "lt" };

/** What is at least 0, all of it, exactly where the comparison of whole numbers holds. Nothing where that cannot be said. */
function differences(op: Extract<TileValueOp, { kind: "binary" }>, { around, holds }: Asked): readonly Sum[] {
  if (around.definitions.typeOf(op.left)?.dtype !== "i32") return [];
  const how = holds ? op.op : opposite[op.op];
  const [left, right] = [sumOf(op.left, around), sumOf(op.right, around)];
  const below = addSums(right, left, -1);
  const above = addSums(left, right, -1);
  const one = constantSum(1);
  if (how === "le") return [below];
  if (how === "lt") return [addSums(below, one, -1)];
  if (how === "ge") return [above];
  if (how === "gt") return [addSums(above, one, -1)];
  return how === "eq" ? [below, above] : [];
}

/** Where the greatest of its elements is at least 0. */
function reachOfDifference({ index, terms, most }: Sum): Reach {
  if (index < 0) return { end: sum(terms, most - index, -index) };
  // Towards 0 is never beyond the first turn in which it may hold.
  return index > 0 ? { from: sum(negated(terms), -most, index) } : {};
}

function sum(terms: ReadonlyMap<ValueId, number>, constant: number, divisor: number): Bound {
  return { kind: "sum", terms, constant, divisor };
}

function negated(terms: ReadonlyMap<ValueId, number>): ReadonlyMap<ValueId, number> {
  return new Map(Array.from(terms, ([value, times]) => [value, -times]));
}
