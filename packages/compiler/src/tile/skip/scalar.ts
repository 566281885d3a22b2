import type { Span } from "@tilebook/base";
import {
  anyRange,
  binaryRange,
  type ProgramOp,
  quotientRange,
  type Range,
  type TileOp,
  type ValueId,
} from "@tilebook/ir";
import type { FreshIds } from "../copy.ts";

/** A whole number that is to be computed before a loop, and where it lies in a launch. It never leaves i32 on the way. */
export type Scalar = { readonly range: Range } & (
  | { readonly kind: "value"; readonly value: ValueId }
  /** Which program this is, or how many there are. */
  | { readonly kind: "program"; readonly op: ProgramOp }
  /** `value`: what is this number already. */
  | { readonly kind: "number"; readonly number: number; readonly value?: ValueId }
  | { readonly kind: "binary"; readonly op: Op; readonly left: Scalar; readonly right: Scalar }
);

type Op = "add" | "sub" | "mul" | "idiv" | "min" | "max";

export function valueScalar(value: ValueId, range: Range): Scalar {
  return { kind: "value", value, range };
}

export function programScalar(op: ProgramOp, range: Range): Scalar {
  return { kind: "program", op, range };
}

export function numberScalar(number: number, value?: ValueId): Scalar | undefined {
  if (number < anyRange.least || number > anyRange.most) return undefined;
  const range = { least: number, most: number };
  return { kind: "number", number, range, ...(value === undefined ? {} : { value }) };
}

/** Undefined where it may leave i32. What is divided by is at least 1. */
export function binaryScalar(
  op: Op,
  left: Scalar | undefined,
  right: Scalar | undefined,
): Scalar | undefined {
  if (left === undefined || right === undefined) return undefined;
  if ((op === "add" || op === "sub") && isZero(right)) return left;
  if (op === "add" && isZero(left)) return right;
  const range =
    op === "idiv" ? quotientRange(left.range, right.range) : binaryRange(op, left.range, right.range);
  return range === undefined ? undefined : { kind: "binary", op, left, right, range };
}

function isZero(scalar: Scalar): boolean {
  return scalar.kind === "number" && scalar.number === 0;
}

/** Writes what scalars come to, each once. */
export class ScalarWriter {
  readonly ops: TileOp[] = [];
  readonly #fresh: FreshIds;
  readonly #about: { readonly span?: Span };
  readonly #written = new Map<Scalar, ValueId>();

  constructor(fresh: FreshIds, span: Span | undefined) {
    this.#fresh = fresh;
    this.#about = span === undefined ? {} : { span };
  }

  write(scalar: Scalar): ValueId {
    if ("value" in scalar && scalar.value !== undefined) return scalar.value;
    const value = this.#written.get(scalar) ?? this.#make(scalar);
    this.#written.set(scalar, value);
    return value;
  }

  #make(scalar: Scalar): ValueId {
    if (scalar.kind === "value") return scalar.value;
    const about = { type: { dtype: "i32" as const, shape: [] }, ...this.#about };
    if (scalar.kind === "program") {
      const { kind, axis } = scalar.op;
      const result = this.#fresh.take();
      this.ops.push({ kind, axis, result, ...about });
      return result;
    }
    if (scalar.kind === "number") {
      const result = this.#fresh.take();
      this.ops.push({ kind: "const", value: scalar.number, result, ...about });
      return result;
    }
    const [left, right] = [this.write(scalar.left), this.write(scalar.right)];
    const result = this.#fresh.take();
    this.ops.push({ kind: "binary", op: scalar.op, left, right, result, ...about });
    return result;
  }
}
