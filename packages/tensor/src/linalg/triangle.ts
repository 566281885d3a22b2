import { choose, compare } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { broadcast, iota, reshape } from "../nodes.ts";

/** Zeros below the diagonal of [..., n, n]: what is left there is rounding. */
export function upperTriangle(input: Expr): Expr {
  const n = input.shape.at(-1) ?? 1;
  const numbers = iota([n], "i32");
  const [row, column] = [reshape(numbers, [n, 1]), reshape(numbers, [1, n])];
  const above = compare("le", broadcast(row, [n, n]), broadcast(column, [n, n]));
  return choose(above, input, 0);
}
