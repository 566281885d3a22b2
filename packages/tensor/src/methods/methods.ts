import type { Operand } from "../elementwise.ts";
import type { Expr } from "../expr.ts";

/** What `Tensor` gives the families of methods that it is made of: each is a file, and they stand on each other in a row. */
export abstract class Methods {
  /** A tensor of what `build` makes of this one. Faults get the place in the cell that is calling. */
  protected abstract make(build: (self: Expr) => Expr): this;

  /** Several at once. */
  protected abstract makeAll(build: (self: Expr) => readonly Expr[]): this[];

  /** The other side of an operation: a tensor's expression, or a number. Faults `tensor/operand`, `tensor/disposed`. */
  protected abstract side(other: Methods | number): Operand;

  /** The expression of a tensor that cannot be a number here. */
  protected abstract exprOf(other: Methods): Expr;
}
