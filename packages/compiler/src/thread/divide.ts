import type { Expr } from "./ir.ts";
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

function ofBinary(expr: Extract<Expr, { kind: "binary" }>, of: (expr: Expr) => number): number {
  const { op, left, right } = expr;
  const by = constantOf(right);
  switch (op) {
    case "add":
    case "sub":
    case "min":
    case "max":
      return Math.min(of(left), of(right));
    case "mul":
      return Math.min(everything, of(left) * of(right));
    case "shl":
      return by === undefined ? 1 : Math.min(everything, of(left) * 2 ** by);
    case "shr":
      return by === undefined ? 1 : Math.max(1, of(left) / 2 ** by);
    case "and":
      return Math.max(of(left), of(right));
    default:
      return 1;
  }
}

function lowestBit(value: number): number {
  if (value === 0) return everything;
  return Math.min(everything, Math.abs(value) & -Math.abs(value));
}
