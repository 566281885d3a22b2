import { anyRange, isValueOp, type Range, type TileValueOp, type ValueId } from "@tilebook/ir";
import type { Definitions } from "./definitions.ts";

/**
 * Where the elements of a whole number lie in a turn: `index` times the loop's index, plus numbers from before the loop, each
 * so many times, plus something from `least` to `most`, which may differ from element to element.
 */
export interface Sum {
  readonly index: number;
  readonly terms: ReadonlyMap<ValueId, number>;
  readonly least: number;
  readonly most: number;
}

/** What is asked about a value to find its sum. */
export interface Around {
  readonly definitions: Definitions;
  readonly rangeOf: (value: ValueId) => Range;
  /** The loop's index. */
  readonly index: ValueId;
  /** All that the loop defines. */
  readonly inside: ReadonlySet<ValueId>;
  /** Sums that were found already. */
  readonly sums: Map<ValueId, Sum>;
}

/** How many ops a sum goes back. What lies further back is a number of its own. */
const deepest = 32;

const none: ReadonlyMap<ValueId, number> = new Map();

export function constantSum(value: number): Sum {
  return { index: 0, terms: none, least: value, most: value };
}

/** `a + factor * b`. */
export function addSums(a: Sum, b: Sum, factor = 1): Sum {
  const terms = new Map(a.terms);
  for (const [value, times] of b.terms) {
    const next = (terms.get(value) ?? 0) + factor * times;
    if (next === 0) terms.delete(value);
    else terms.set(value, next);
  }
  const ends = [factor * b.least, factor * b.most];
  return {
    index: a.index + factor * b.index,
    terms,
    least: a.least + Math.min(...ends),
    most: a.most + Math.max(...ends),
  };
}

/** Sums that may leave i32 wrap, so they are numbers of which only the range is known. */
export function sumOf(value: ValueId, around: Around, depth = 0): Sum {
  const found = around.sums.get(value) ?? findSum(value, around, depth);
  around.sums.set(value, found);
  return found;
}

function findSum(value: ValueId, around: Around, depth: number): Sum {
  if (value === around.index) return { ...constantSum(0), index: 1 };
  const type = around.definitions.typeOf(value);
  if (type?.dtype !== "i32") return inRange(anyRange);
  const op = depth < deepest ? around.definitions.madeBy(value) : undefined;
  const found = op !== undefined && isValueOp(op) ? derived(op, around, depth + 1) : undefined;
  if (found !== undefined) return found;
  const fixed = type.shape.length === 0 && !around.inside.has(value);
  return fixed ? once(value) : inRange(around.rangeOf(value));
}

function once(value: ValueId): Sum {
  return { ...constantSum(0), terms: new Map([[value, 1]]) };
}

function inRange({ least, most }: Range): Sum {
  return { index: 0, terms: none, least, most };
}

function derived(op: TileValueOp, around: Around, depth: number): Sum | undefined {
  if (op.kind === "const") return constantSum(op.value);
  // Asked for in many places, it is one number.
  if (op.kind === "programId" || op.kind === "numPrograms") return once(around.definitions.firstLike(op));
  if (op.kind === "arange") return { ...constantSum(op.start), most: op.end - 1 };
  if (op.kind === "broadcast" || op.kind === "reshape" || op.kind === "transpose" || op.kind === "pick")
    return sumOf(op.input, around, depth);
  if (op.kind === "unary")
    return op.op === "neg" ? addSums(constantSum(0), sumOf(op.input, around, depth), -1) : undefined;
  return op.kind === "binary" ? combined(op, around, depth) : undefined;
}

function combined(
  op: Extract<TileValueOp, { kind: "binary" }>,
  around: Around,
  depth: number,
): Sum | undefined {
  const [a, b] = [around.rangeOf(op.left), around.rangeOf(op.right)];
  const sum = (value: ValueId): Sum => sumOf(value, around, depth);
  if (op.op === "add" && fits(a.least + b.least, a.most + b.most))
    return addSums(sum(op.left), sum(op.right));
  if (op.op === "sub" && fits(a.least - b.most, a.most - b.least))
    return addSums(sum(op.left), sum(op.right), -1);
  const corners = [a.least * b.least, a.least * b.most, a.most * b.least, a.most * b.most];
  if (op.op !== "mul" || !fits(Math.min(...corners), Math.max(...corners))) return undefined;
  const [left, right] = [sum(op.left), sum(op.right)];
  const times = constantIn(right);
  if (times !== undefined) return addSums(constantSum(0), left, times);
  const first = constantIn(left);
  return first === undefined ? undefined : addSums(constantSum(0), right, first);
}

/** The number that a sum always is. */
function constantIn({ index, terms, least, most }: Sum): number | undefined {
  return index === 0 && terms.size === 0 && least === most ? least : undefined;
}

function fits(least: number, most: number): boolean {
  return least >= anyRange.least && most <= anyRange.most;
}
