import { choose, compare } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { broadcast, iota, reshape } from "../nodes.ts";

/** Zeros outside of one triangle of [..., n, n]; a strict one has zeros on the diagonal, too. */
export function triangle(
  input: Expr,
  { upper, strict = false }: { readonly upper: boolean; readonly strict?: boolean },
): Expr {
  const n = input.shape.at(-1) ?? 1;
  const numbers = iota([n], "i32");
  const [row, column] = [reshape(numbers, [n, 1]), reshape(numbers, [1, n])];
  const [less, more] = upper ? [row, column] : [column, row];
  const kept = compare(strict ? "lt" : "le", broadcast(less, [n, n]), broadcast(more, [n, n]));
  return choose(kept, input, 0);
}
