import { anyRange, binaryMeaning, type BinaryName, type Range } from "@tilebook/ir";
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
  const ends = isExact(left) && isExact(right) ? [] : rules[expr.op]?.(left, right);
  const all = ends?.length === 0 ? [binaryMeaning[expr.op](left.least, right.least)] : ends;
  if (all === undefined) return anyRange;
  const range = { least: Math.min(...all), most: Math.max(...all) };
  // What leaves i32 wraps.
  return range.least >= anyRange.least && range.most <= anyRange.most ? range : anyRange;
}

function exactly(value: number): Range {
  return Number.isInteger(value) ? { least: value, most: value } : anyRange;
}

function isExact({ least, most }: Range): boolean {
  return least === most;
}

const corners = (op: BinaryName, a: Range, b: Range): readonly number[] =>
  [a.least, a.most].flatMap((x) => [b.least, b.most].map((y) => binaryMeaning[op](x, y)));

/** Between which numbers results lie; of ops that are not here only exact numbers are computed. */
const rules: Partial<Record<BinaryName, (a: Range, b: Range) => readonly number[] | undefined>> = {
  add: (a, b) => corners("add", a, b),
  sub: (a, b) => corners("sub", a, b),
  mul: (a, b) => corners("mul", a, b),
  min: (a, b) => corners("min", a, b),
  max: (a, b) => corners("max", a, b),
  idiv: (a, b) => (b.least > 0 ? corners("idiv", a, b) : undefined),
};
