import { type DotOp, isPacked, type LoadOp, packedInfo, type ValueId } from "@tilebook/ir";
import type { Expr } from "../thread/ir.ts";
import { constant, constantOf } from "../thread/simplify.ts";
import type { Context } from "./context.ts";
import { evaluate, fourAt } from "./evaluate.ts";
import { exprOf } from "./lanes.ts";
import { type Site, site } from "./site.ts";

/**
 * Whether the bytes that a product multiplies have signs. Nothing where it multiplies no bytes of buffers that are only
 * read, where the sides differ, where fours along k were found not to be whole words, or the device cannot.
 */
export function signOfBytes(context: Context, { result, left, right }: DotOp): boolean | undefined {
  if (!context.packedDot || context.granted.bytewise.has(result)) return undefined;
  const [a, b] = [left, right].map((side) => signOf(context, side));
  return a === b ? a : undefined;
}

function signOf({ facts }: Context, side: ValueId): boolean | undefined {
  let op = facts.definitions.get(side);
  while (op?.kind === "transpose") op = facts.definitions.get(op.input);
  const pointer = op?.kind === "load" ? facts.pointers.get(op.pointer) : undefined;
  if (pointer === undefined || pointer.access !== "read" || !isPacked(pointer.dtype)) return undefined;
  const { bits, signed } = packedInfo[pointer.dtype];
  return bits === 8 ? signed : undefined;
}

/** The word of four bytes at a place of a side. Where they are none, it is noted that they are multiplied one by one. */
export function bytesAt(context: Context, dot: DotOp, value: ValueId, place: Site): Expr {
  const op = context.facts.definitions.get(value);
  if (op?.kind === "transpose") {
    const turned = op.order.map((_, axis) => place.coordinates[op.order.indexOf(axis)]);
    return bytesAt(context, dot, op.input, site(turned.filter((found) => found !== undefined)));
  }
  const word = op?.kind === "load" ? wordAt(context, op, place) : undefined;
  if (word === undefined) context.wishes.bytewise.add(dot.result);
  return word ?? constant("u32", 0);
}

/** A mask must be one for all four; a word of zeros adds nothing. */
function wordAt(context: Context, op: LoadOp, place: Site): Expr | undefined {
  const { emitter } = context;
  const memory = context.buffers.get(op.pointer);
  const at = fourAt(context, evaluate(context, op.offset, place));
  if (memory === undefined || at === undefined) return undefined;
  if (op.mask === undefined) return emitter.word(memory, at);
  const mask = exprOf(emitter, evaluate(context, op.mask, place));
  const other = op.other === undefined ? 0 : constantOf(exprOf(emitter, evaluate(context, op.other, place)));
  if (mask.type.width === 4 || other !== 0) return undefined;
  return emitter.select(mask, emitter.word(memory, at), constant("u32", 0));
}
