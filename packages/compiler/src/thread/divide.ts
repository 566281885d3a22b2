import type { Expr, ThreadBinary } from "./ir.ts";
import { constantOf } from "./simplify.ts";

/** Zero can be divided by any of the numbers that are asked for. */
const everything = 2 ** 20;

/** The greatest power of two that is known to divide a whole number, when `divisorOfName` says it of its names. */
export function divisorOf(expr: Expr, divisorOfName: (name: string) => number): number {
  const of = (inner: Expr): number => divisorOf(inner, divisorOfName);
  if (expr.kind === "const") return lowestBit(expr.value);
  if (expr.kind === "name") return divisorOfName(expr.name);
  if (expr.kind === "select") return Math.min(of(expr.yes), of(expr.no));
  return expr.kind === "binary" ? ofBinary(expr, of) : 1;
}

type Rule = (left: number, right: number, by: number | undefined) => number;

const least: Rule = (left, right) => Math.min(left, right);

const rules: Partial<Record<ThreadBinary, Rule>> = {
  add: least,
  sub: least,
  min: least,
  max: least,
  mod: least,
  mul: (left, right) => left * right,
  shl: (left, _, by) => (by === undefined ? 1 : left * 2 ** by),
  shr: (left, _, by) => (by === undefined ? 1 : left / 2 ** by),
  and: (left, right) => Math.max(left, right),
};

function ofBinary(expr: Extract<Expr, { kind: "binary" }>, of: (expr: Expr) => number): number {
  const { op, left, right } = expr;
  const divisor = rules[op]?.(of(left), of(right), constantOf(right)) ?? 1;
  return Math.max(1, Math.min(everything, divisor));
}

function lowestBit(value: number): number {
  if (value === 0) return everything;
  return Math.min(everything, Math.abs(value) & -Math.abs(value));
}
