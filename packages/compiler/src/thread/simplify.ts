import { binaryMeaning, dtypeInfo, unaryMeaning, type UnaryName } from "@tilebook/ir";
import type { Expr, Scalar, ThreadBinary, ThreadType } from "./ir.ts";

/** What a name stands for, if it is known. */
export type Definitions = (name: string) => Expr | undefined;

type BinaryExpr = Extract<Expr, { kind: "binary" }>;

/** A constant of every lane, or nothing. */
export function constantOf(expr: Expr): number | undefined {
  if (expr.kind === "const") return expr.value;
  return expr.kind === "splat" ? constantOf(expr.input) : undefined;
}

export function constant(scalar: Scalar, value: number): Expr {
  return { kind: "const", type: { scalar, width: 1 }, value: dtypeInfo[scalar].round(value) };
}

/** The same value in every lane of `type`. */
export function constantLike(type: ThreadType, value: number): Expr {
  const scalar = constant(type.scalar, value);
  return type.width === 1 ? scalar : { kind: "splat", type, input: scalar };
}

/** The four constants of a vector whose lanes are all known. */
export function constantLanes(expr: Expr, define: Definitions): readonly number[] | undefined {
  const every = constantOf(expr);
  if (every !== undefined) return [every, every, every, every];
  const vector = expr.kind === "name" ? define(expr.name) : expr;
  if (vector?.kind !== "pack") return undefined;
  const lanes = vector.parts.flatMap((part) => (part.kind === "const" ? [part.value] : []));
  return lanes.length === 4 ? lanes : undefined;
}

export function foldUnary(op: UnaryName, type: ThreadType, input: Expr): Expr | undefined {
  const value = constantOf(input);
  return value === undefined ? undefined : constantLike(type, unaryMeaning[op](value));
}

const bytes = new DataView(new ArrayBuffer(4));

/** The bits of a known number as another scalar type (not bool). */
export function foldBitcast(scalar: Scalar, input: Expr): Expr | undefined {
  const value = constantOf(input);
  const from = input.type.scalar;
  if (value === undefined || from === "bool" || scalar === "bool") return undefined;
  if (from === "f32") bytes.setFloat32(0, value);
  else bytes.setUint32(0, value);
  const float = bytes.getFloat32(0);
  // A NaN's bits would not all come through.
  if (scalar === "f32" && Number.isNaN(float)) return undefined;
  return constantLike({ ...input.type, scalar }, scalar === "f32" ? float : bytes.getUint32(0));
}

/** A simpler expression of the same value, or nothing. Float identities that change a bit are not used. */
export function foldBinary(expr: BinaryExpr, define: Definitions): Expr | undefined {
  const left = constantOf(expr.left);
  const right = constantOf(expr.right);
  if (left !== undefined && right !== undefined)
    return constantLike(expr.type, meaning(expr.op, expr.left.type.scalar)(left, right));
  if (expr.type.width === 4) {
    const lanes = foldLanes(expr, define);
    if (lanes !== undefined) return lanes;
  }
  if (expr.type.scalar === "bool") return foldLogic(expr, left, right);
  return expr.type.scalar === "f32" ? foldFloat(expr, right) : foldInteger(expr, { left, right }, define);
}

/** Vectors of constants, lane by lane. */
function foldLanes(expr: BinaryExpr, define: Definitions): Expr | undefined {
  const [left, right] = [constantLanes(expr.left, define), constantLanes(expr.right, define)];
  if (left === undefined || right === undefined) return undefined;
  const compute = meaning(expr.op, expr.left.type.scalar);
  const parts = left.map((value, lane) => constant(expr.type.scalar, compute(value, right[lane] ?? 0)));
  return { kind: "pack", type: expr.type, parts };
}

function meaning(op: ThreadBinary, scalar: Scalar): (a: number, b: number) => number {
  if (op === "mul" && scalar !== "f32") return (a, b) => Math.imul(a, b);
  return binaryMeaning[op];
}

function foldLogic(expr: BinaryExpr, left: number | undefined, right: number | undefined): Expr | undefined {
  const neutral = expr.op === "and" ? 1 : expr.op === "or" ? 0 : undefined;
  if (neutral === undefined || expr.left.type.scalar !== "bool") return undefined;
  const known = left ?? right;
  if (known === undefined) return same(expr.left, expr.right) ? expr.left : undefined;
  if (known !== neutral) return constantLike(expr.type, known);
  return left === undefined ? expr.left : expr.right;
}

function foldFloat(expr: BinaryExpr, right: number | undefined): Expr | undefined {
  return right === 1 && (expr.op === "mul" || expr.op === "div") ? expr.left : undefined;
}

interface Known {
  readonly left: number | undefined;
  readonly right: number | undefined;
}

type IntegerRule = (expr: BinaryExpr, known: Known, define: Definitions) => Expr | undefined;

const integerRules: Partial<Record<ThreadBinary, IntegerRule>> = {
  add: (expr, { left, right }, define) => {
    if (left === 0) return expr.right;
    return right === 0 ? expr.left : gatherConstants(expr, define);
  },
  sub: (expr, { right }, define) => {
    if (right === undefined || expr.type.scalar !== "i32") return undefined;
    return foldOr({ ...expr, op: "add", right: constantLike(expr.type, -right) }, define);
  },
  mul: (expr, { left, right }) => {
    if (left === 0 || right === 0) return constantLike(expr.type, 0);
    if (left === 1) return expr.right;
    return right === 1 ? expr.left : undefined;
  },
  idiv: (expr, { right }) => (right === 1 || right === 0 ? expr.left : undefined),
  mod: (expr, { right }) => (right === 1 || right === 0 ? constantLike(expr.type, 0) : undefined),
  shr: (expr, { right }) => (right === 0 ? expr.left : undefined),
  and: (expr, { left, right }) => (left === 0 || right === 0 ? constantLike(expr.type, 0) : undefined),
};

function foldInteger(expr: BinaryExpr, known: Known, define: Definitions): Expr | undefined {
  return integerRules[expr.op]?.(expr, known, define);
}

function foldOr(expr: BinaryExpr, define: Definitions): Expr {
  return foldBinary(expr, define) ?? expr;
}

/** (x + c) + y as (x + y) + c, so that neighbouring addresses share x + y. */
function gatherConstants(expr: BinaryExpr, define: Definitions): Expr | undefined {
  const a = splitSum(expr.left, define);
  const b = splitSum(expr.right, define);
  if (a.offset === 0 && b.offset === 0) return undefined;
  if (expr.type.width !== 1) return undefined;
  const offset = constant(expr.type.scalar, a.offset + b.offset);
  if (a.base === undefined || b.base === undefined) {
    const base = a.base ?? b.base;
    const already = a.base === expr.left && b.base === undefined;
    return base === undefined || already ? undefined : foldOr({ ...expr, left: base, right: offset }, define);
  }
  const base: BinaryExpr = { ...expr, left: a.base, right: b.base };
  return { ...expr, left: base, right: offset };
}

function splitSum(expr: Expr, define: Definitions): { readonly base?: Expr; readonly offset: number } {
  const known = constantOf(expr);
  if (known !== undefined) return { offset: known };
  const sum = expr.kind === "name" ? define(expr.name) : undefined;
  if (sum?.kind !== "binary" || sum.op !== "add") return { base: expr, offset: 0 };
  const offset = constantOf(sum.right);
  return offset === undefined ? { base: expr, offset: 0 } : { base: sum.left, offset };
}

/** The same name or the same constant. */
export function same(a: Expr, b: Expr): boolean {
  if (a.kind === "name" && b.kind === "name") return a.name === b.name;
  const value = constantOf(a);
  return value !== undefined && Object.is(value, constantOf(b)) && a.type.scalar === b.type.scalar;
}
