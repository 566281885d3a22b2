import { valueDType } from "@tilebook/ir";
import type { Expr, NodeBody } from "../expr.ts";
import { reshape } from "../nodes.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** Weights that are made of codes: (level - zero) * scale - min, with one scale for each `group` of neighbours along the last axis. */
export interface Coded {
  /** i8, u8, i4, u4, u2; in the shape of the weights. */
  readonly codes: Expr;
  /** u2, in the shape of the weights: bits of the codes above four. */
  readonly upper?: Expr | undefined;
  readonly group: number;
  /** f32 or f16 [groups]. */
  readonly scales: Expr;
  readonly zero: number;
  /** f32 or f16 [groups]: what is taken from each. */
  readonly mins?: Expr | undefined;
  /** What the codes stand for, where it is not themselves. */
  readonly table?: Expr | undefined;
}

/** The codes of weights that were written so, as `codes.cast("f32").sub(8).reshape(n, k / 32, 32).mul(scales).reshape(n, k)`, and are stored nowhere. */
export function codedIn(weights: Expr): Coded | undefined {
  const sum = part(weights);
  const less = sum?.binary === "sub" ? groupNumbers(sum.right) : undefined;
  const product = less === undefined ? sum : part(sum?.left);
  if (product?.binary !== "mul") return undefined;
  for (const [levels, by] of [
    [product.left, product.right],
    [product.right, product.left],
  ] as const) {
    const scales = groupNumbers(by);
    const found = scales && levelsIn(levels);
    if (scales === undefined || found === undefined) continue;
    const fits = less === undefined || less.group === scales.group;
    if (fits) return { ...found, ...scales, mins: less?.scales };
  }
  return undefined;
}

type Levels = Pick<Coded, "codes" | "upper" | "table">;

function levelsIn(levels: Expr): (Levels & Pick<Coded, "zero">) | undefined {
  const difference = part(levels);
  const zero = difference?.binary === "sub" ? numberOf(difference.right) : undefined;
  const inner = zero === undefined ? levels : difference?.left;
  const found = inner && (inParts(inner) ?? codesOf(inner));
  return found && { ...found, zero: zero ?? 0 };
}

/** Codes of four bits, and sixteen times those of two. */
function inParts(levels: Expr): Levels | undefined {
  const sum = part(levels);
  const times = sum?.binary === "add" ? part(sum.right) : undefined;
  if (sum === undefined || times?.binary !== "mul" || numberOf(times.right) !== 16) return undefined;
  const [low, high] = [codesOf(sum.left), codesOf(times.left)];
  const fits = low?.codes.dtype === "u4" && high?.codes.dtype === "u2";
  return fits && low.table === undefined && high.table === undefined
    ? { codes: low.codes, upper: high.codes }
    : undefined;
}

function codesOf(levels: Expr): Levels | undefined {
  const plain = bare(levels);
  const body = bodyOf(plain);
  const [first, second] = plain.inputs;
  if (body?.kind === "cast" && first !== undefined && isCodes(first)) return { codes: bare(first) };
  if (body?.kind !== "take" || first?.shape.length !== 1 || second === undefined) return undefined;
  const index = bare(second);
  const [codes] = index.inputs;
  const isLookUp = bodyOf(index)?.kind === "cast" && codes !== undefined && isCodes(codes);
  return isLookUp && first.dtype === "f32" ? { codes: bare(codes), table: first } : undefined;
}

function isCodes(expr: Expr): boolean {
  const { dtype } = bare(expr);
  return valueDType(dtype) !== dtype;
}

/** One number for each group of the last axis, repeated along it. */
function groupNumbers(expr: Expr | undefined): Pick<Coded, "scales" | "group"> | undefined {
  const repeated = expr && bare(expr);
  const [given] = repeated?.inputs ?? [];
  if (repeated === undefined || bodyOf(repeated)?.kind !== "broadcast" || given === undefined)
    return undefined;
  const group = repeated.shape.at(-1) ?? 1;
  const lead: Shape = repeated.shape.slice(0, -1);
  const fits = given.shape.at(-1) === 1 && lead.every((size, axis) => given.shape[axis] === size);
  return fits ? { scales: reshape(halfAsItIs(given), [sizeOf(lead)]), group } : undefined;
}

/** What becomes f32 where it is read need not be made so before. */
function halfAsItIs(expr: Expr): Expr {
  const plain = bare(expr);
  const [half] = plain.inputs;
  return bodyOf(plain)?.kind === "cast" && half?.dtype === "f16" ? half : expr;
}

/** A value that is the same for all of a tensor. */
export function numberOf(expr: Expr): number | undefined {
  const plain = bare(expr);
  const body = bodyOf(plain);
  const [inner] = plain.inputs;
  if (body?.kind === "broadcast" && inner !== undefined) return numberOf(inner);
  return body?.kind === "fill" ? body.value : undefined;
}

interface Part {
  readonly binary: string;
  readonly left: Expr;
  readonly right: Expr;
}

function part(expr: Expr | undefined): Part | undefined {
  const plain = expr && bare(expr);
  const body = plain && bodyOf(plain);
  const [left, right] = plain?.inputs ?? [];
  return body?.kind === "binary" && left && right ? { binary: body.op, left, right } : undefined;
}

/** Without the reshapes: numbers stand in the same order. */
function bare(expr: Expr): Expr {
  const [inner] = expr.inputs;
  return inner !== undefined && bodyOf(expr)?.kind === "reshape" ? bare(inner) : expr;
}

/** Nothing of what is computed already. */
export function bodyOf(expr: Expr): NodeBody | undefined {
  const { recipe, ready } = expr;
  if (recipe === undefined || ready || recipe.kernel !== undefined) return undefined;
  return recipe.make(
    recipe.inputs.map((_, at) => at),
    0,
  );
}

/** Weights that lie turned, [experts, out, in] for [experts, in, out]: as they lie. */
export function asTheyLie(weights: Expr): { readonly weights: Expr; readonly turned: boolean } {
  const body = bodyOf(weights);
  const [inner] = weights.inputs;
  const isTurned = body?.kind === "permute" && String(body.order) === "0,2,1" && inner !== undefined;
  return isTurned ? { weights: inner, turned: true } : { weights, turned: false };
}
