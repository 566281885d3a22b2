import type { DotOp, ValueId } from "@tilebook/ir";
import { computedAs, type Expr, type ThreadType } from "../thread/ir.ts";
import type { Context } from "./context.ts";
import { bytesAt, signOfBytes } from "./dot-bytes.ts";
import { evaluate } from "./evaluate.ts";
import { exprOf } from "./lanes.ts";
import type { Site } from "./site.ts";

/** What a product along k is made of: how four neighbours of a side are read, multiplied, and added up. */
export interface Terms {
  /** Of what adds up. */
  readonly type: ThreadType;
  readonly read: (value: ValueId, place: Site) => Expr;
  /** `total` and the products of four numbers of each side. */
  readonly add: (total: Expr, left: Expr, right: Expr) => Expr;
  /** The number that a total stands for. */
  readonly sum: (total: Expr) => Expr;
}

/** Bytes are multiplied four at a time by one instruction where the device has it; other numbers as vectors. */
export function termsOf(context: Context, op: DotOp): Terms {
  const signed = signOfBytes(context, op);
  return signed === undefined ? vectors(context, op) : words(context, op, signed);
}

function vectors(context: Context, op: DotOp): Terms {
  const { emitter, facts } = context;
  const scalar = computedAs[facts.typeOf(op.result).dtype];
  return {
    type: { scalar, width: 4 },
    read: (value, place) => {
      const lanes = evaluate(context, value, place);
      return lanes.kind === "same" ? emitter.splat(lanes.value) : exprOf(emitter, lanes);
    },
    add: (total, left, right) => emitter.binary("add", total, emitter.binary("mul", left, right)),
    sum: (total) => {
      const lane = (index: number): Expr => emitter.lane(total, index);
      const [front, back] = [
        emitter.binary("add", lane(0), lane(1)),
        emitter.binary("add", lane(2), lane(3)),
      ];
      return emitter.binary("add", front, back);
    },
  };
}

function words(context: Context, op: DotOp, signed: boolean): Terms {
  const { emitter } = context;
  return {
    type: { scalar: "i32", width: 1 },
    read: (value, place) => bytesAt(context, op, value, place),
    add: (total, left, right) => emitter.binary("add", total, emitter.dotBytes(left, right, signed)),
    sum: (total) => total,
  };
}
