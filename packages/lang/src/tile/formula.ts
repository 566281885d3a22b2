import { type BinaryName, type DType, dtypeInfo, type UnaryName } from "@tilebook/ir";
import type { Call } from "./call.ts";
import { dtypeOf, numeric, type Operand, tile, withDType } from "./convert.ts";
import { whereOf } from "./math.ts";
import { arithmeticOp, binaryOperator, unaryFunction, unaryOperator } from "./operators.ts";
import { constant, type NumericValue, type TileValue, type Value } from "./value.ts";

type Term = Value | number;

/** Arithmetic at the place of one call, for tile functions that are made of others. Numbers stand for constants. */
export class Formula {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = { ...call, at: { node: call.at.node } };
  }

  #operand(term: Term): Operand {
    return { value: typeof term === "number" ? constant(term) : term, node: this.#call.at.node };
  }

  /** `left operator right`, as the language has it. */
  of(left: Term, operator: string, right: Term): Value {
    const sides = { left: this.#operand(left), right: this.#operand(right) };
    return binaryOperator(this.#call.context, operator, sides, this.#call.at);
  }

  /** An op that has a name and no sign. */
  two(op: BinaryName, left: Term, right: Term): Value {
    const { context, at } = this.#call;
    const side = (term: Term) => numeric(context, this.#operand(term), op);
    return arithmeticOp(context, op, { left: side(left), right: side(right) }, at);
  }

  fn(name: UnaryName, x: Term): Value {
    const { context, at } = this.#call;
    return name === "neg"
      ? unaryOperator(context, "-", this.#operand(x), at)
      : unaryFunction(context, name, this.#operand(x), at);
  }

  where(mask: Term, yes: Term, no: Term): Value {
    return whereOf({ ...this.#call, args: [mask, yes, no].map((term) => this.#operand(term)) });
  }

  /** The value of a polynomial, from the highest power down. */
  polynomial(x: Term, coefficients: readonly number[]): Value {
    const [first = 0, ...rest] = coefficients;
    return rest.reduce<Value>((sum, next) => this.of(this.of(sum, "*", x), "+", next), constant(first));
  }

  to(x: Term, dtype: DType): TileValue {
    return withDType(this.#call.context, this.#number(x), dtype, this.#call.at);
  }

  bits(x: TileValue, dtype: "f32" | "i32" | "u32"): TileValue {
    const { context, at } = this.#call;
    return x.type.dtype === dtype ? x : tile(context, context.builder.bitcast(x.id, dtype, context.note(at)));
  }

  dtypeOf(x: Term): DType {
    return dtypeOf(this.#number(x).value);
  }

  isFloat(x: Term): boolean {
    return dtypeInfo[this.dtypeOf(x)].kind === "float";
  }

  #number(x: Term): { readonly value: NumericValue } & Operand {
    return numeric(this.#call.context, this.#operand(x), "this");
  }
}
