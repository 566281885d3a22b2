import { anyRange, binaryMeaning, binaryRange, quotientRange, type Range } from "@tilebook/ir";
import type { Expr, Statement, ThreadKernel } from "./ir.ts";

/**
 * Turns of all loops of a thread together, and one more for each time a loop is entered; infinite when that is not known.
 * `given` are the numbers of a launch, by the names of the kernel's uniforms. A loop that may end early takes all its turns here.
 */
export function turnsAtMost({ body }: ThreadKernel, given: ReadonlyMap<string, number> = new Map()): number {
  return turnsIn(body, new Map(Array.from(given, ([name, value]) => [name, exactly(value)])));
}

function turnsIn(block: readonly Statement[], known: Map<string, Range>): number {
  let sum = 0;
  for (const statement of block) {
    if (statement.kind === "let") known.set(statement.name, rangeOf(statement.value, known));
    if (statement.kind === "if")
      sum += Math.max(turnsIn(statement.whenTrue, known), turnsIn(statement.whenFalse, known));
    if (statement.kind !== "for") continue;
    const [{ least }, { most }] = [rangeOf(statement.from, known), rangeOf(statement.to, known)];
    if (least === anyRange.least || most === anyRange.most) return Infinity;
    const turns = Math.max(0, Math.ceil((most - least) / statement.step));
    known.set(statement.index, { least, most: Math.max(least, most - 1) });
    sum += turns === 0 ? 1 : turns * (1 + turnsIn(statement.body, known)) + 1;
  }
  return sum;
}

/** Between which numbers an i32 lies that is known before the launch, or a part of which is. */
function rangeOf(expr: Expr, known: ReadonlyMap<string, Range>): Range {
  if (expr.type.scalar !== "i32" || expr.type.width !== 1) return anyRange;
  if (expr.kind === "const") return exactly(expr.value);
  if (expr.kind === "name") return known.get(expr.name) ?? anyRange;
  if (expr.kind === "select") {
    const [yes, no] = [rangeOf(expr.yes, known), rangeOf(expr.no, known)];
    return { least: Math.min(yes.least, no.least), most: Math.max(yes.most, no.most) };
  }
  if (expr.kind !== "binary") return anyRange;
  const [left, right] = [rangeOf(expr.left, known), rangeOf(expr.right, known)];
  if (isExact(left) && isExact(right))
    return exactly(within(binaryMeaning[expr.op](left.least, right.least)));
  if (expr.op === "idiv" && right.least > 0) return quotientRange(left, right);
  return binaryRange(expr.op, left, right) ?? anyRange;
}

/** What leaves i32 wraps: nothing is known of it. */
function within(value: number): number {
  return value >= anyRange.least && value <= anyRange.most ? value : Number.NaN;
}

function exactly(value: number): Range {
  return Number.isInteger(value) ? { least: value, most: value } : anyRange;
}

function isExact({ least, most }: Range): boolean {
  return least === most;
}
