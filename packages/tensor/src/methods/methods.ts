import { Fault } from "@tilebook/base";
import type { BufferDType } from "@tilebook/ir";
import { sayShape, type Shape } from "../shape.ts";
import type { Operand } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { strangers } from "./strangers.ts";

/** What `Tensor` gives the families of methods that it is made of: each is a file, and they stand on each other in a row. */
export abstract class Methods {
  abstract get dtype(): BufferDType;
  abstract get shape(): Shape;

  /**
   * What it is, in a text. JavaScript's operators would make NaN or "[object Object]" of it without a word.
   * Fault `tensor/operator`.
   */
  [Symbol.toPrimitive](wanted: "string" | "number" | "default"): string {
    if (wanted === "string") return `Tensor ${this.dtype}${sayShape(this.shape)}`;
    throw new Fault("tensor/operator", "JavaScript's operators do not compute with tensors", {
      hint: "write a.add(b), a.mul(2), a.pow(2), a.matmul(b), a.lt(b); a tensor becomes a number by await a.item(), or numbers by await a.data()",
    });
  }

  /** A tensor of what `build` makes of this one. Faults get the place in the cell that is calling. */
  protected abstract make(build: (self: Expr) => Expr): this;

  /** Several at once. */
  protected abstract makeAll(build: (self: Expr) => readonly Expr[]): this[];

  /** The other side of an operation: a tensor's expression, or a number. Faults `tensor/operand`, `tensor/disposed`. */
  protected abstract side(other: Methods | number): Operand;

  /** The expression of a tensor that cannot be a number here. */
  protected abstract exprOf(other: Methods): Expr;
}

// What no method answers is asked of these.
Object.setPrototypeOf(Methods.prototype, strangers);
