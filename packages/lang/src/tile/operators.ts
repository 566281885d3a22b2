import { type BinaryName, type DType, dtypeInfo, type UnaryName, unaryMeaning } from "@tilebook/ir";
import type { SyntaxNode } from "../syntax.ts";
import type { At, Context } from "./context.ts";
import {
  aligned,
  asTile,
  commonDType,
  commonShape,
  dtypeOf,
  dtypeRank,
  numeric,
  type NumericOperand,
  type Operand,
  tile,
  withDType,
  withType,
} from "./convert.ts";
import {
  constant,
  type ConstantValue,
  describe,
  type NumericValue,
  type PointerValue,
  type Value,
} from "./value.ts";

/** The operators of the language, as JavaScript writes them. */
const arithmetic: Readonly<Record<string, BinaryName | undefined>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "mod",
  "**": "pow",
  "&": "and",
  "|": "or",
  "^": "xor",
  "<<": "shl",
  ">>": "shr",
  ">>>": "shr",
};

const comparison: Readonly<Record<string, BinaryName | undefined>> = {
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
  "==": "eq",
  "===": "eq",
  "!=": "ne",
  "!==": "ne",
};

export interface Sides {
  readonly left: Operand;
  readonly right: Operand;
}

export interface NumericSides {
  readonly left: NumericOperand;
  readonly right: NumericOperand;
}

/** `left operator right`. */
export function binaryOperator(context: Context, operator: string, sides: Sides, at: At): Value {
  const left = asPointer(sides.left);
  const right = asPointer(sides.right);
  if (left.value.kind === "pointer" || right.value.kind === "pointer") {
    return movePointer(context, operator, { left, right }, at);
  }
  if (left.value.kind === "constant" && right.value.kind === "constant") {
    const folded = fold(operator, left.value, right.value);
    if (folded !== undefined) return folded;
    const [x, y] = [describe(left.value), describe(right.value)];
    throw context.fault("kernel/type", at.node, `\`${operator}\` does not work on ${x} and ${y}`);
  }
  const what = `\`${operator}\``;
  const both = { left: numeric(context, left, what), right: numeric(context, right, what) };
  const compare = comparison[operator];
  if (compare !== undefined) return compareTiles(context, compare, both, at);
  const op = arithmetic[operator];
  if (op === undefined) throw context.fault("kernel/unsupported", at.node, `${what} does not work on tiles`);
  if (op === "shl" || op === "shr") return shift(context, op, { sides: both, bare: operator === ">>>" }, at);
  return arithmeticOp(context, op, both, at);
}

/** An elementwise op by its IR name, on values of any mix that fits. */
export function arithmeticOp(context: Context, op: BinaryName, sides: NumericSides, at: At): NumericValue {
  const { left, right } = sides;
  const dtypes = [dtypeOf(left.value), dtypeOf(right.value)];
  if (op === "and" || op === "or" || op === "xor") return logicOp(context, op, sides, at);
  if (op === "div") refuseIntegerDivision(context, sides, at.node);
  if (op === "idiv") refuseFloatIdiv(context, dtypes, at.node);
  if (op === "pow") return power(context, sides, at);
  const [a, b] = aligned(context, { left, right }, at, op === "div" ? "f16" : "i32");
  return tile(context, context.builder.binary(op, a.id, b.id, context.note(at)));
}

/** A view where a pointer is wanted is the pointer to its first element. */
function asPointer(operand: Operand): Operand {
  return operand.value.kind === "view" ? { ...operand, value: operand.value.pointer } : operand;
}

/**
 * `x << n`, `x >> n`, `x >>> n` of whole numbers; the amount counts modulo 32. The result has the dtype of x: the amount
 * does not take part in promotion. `>>` keeps the sign of an i32, `>>>` shifts zeros in.
 */
function shift(
  context: Context,
  op: "shl" | "shr",
  { sides, bare }: { readonly sides: NumericSides; readonly bare: boolean },
  at: At,
): NumericValue {
  const { left, right } = sides;
  for (const side of [left, right]) {
    if (dtypeInfo[dtypeOf(side.value)].kind === "float") {
      const message = `only whole numbers are shifted, not ${describe(side.value)}`;
      throw context.fault("kernel/type", side.node, message, 'cast it: x.to("i32")');
    }
  }
  const own = dtypeOf(left.value);
  const dtype = own === "u32" ? own : "i32";
  const shape = commonShape(context, left, right, at.node);
  const inner = { node: at.node };
  const value = withType(context, left, { dtype, shape }, inner);
  const amount = withType(context, right, { dtype, shape }, inner);
  if (!bare || dtype === "u32")
    return tile(context, context.builder.binary(op, value.id, amount.id, context.note(at)));
  const bits = (id: number) => context.builder.bitcast(id, "u32", context.note(inner));
  const shifted = context.builder.binary(op, bits(value.id), bits(amount.id), context.note(inner));
  return tile(context, context.builder.bitcast(shifted, dtype, context.note(at)));
}

function logicOp(context: Context, op: "and" | "or" | "xor", sides: NumericSides, at: At): NumericValue {
  const [a, b] = aligned(context, sides, at);
  if (dtypeInfo[a.type.dtype].kind === "float") {
    const sign = { and: "&", or: "|", xor: "^" }[op];
    throw context.fault(
      "kernel/type",
      at.node,
      `\`${sign}\` works on masks and integers, not on ${a.type.dtype}`,
    );
  }
  return tile(context, context.builder.binary(op, a.id, b.id, context.note(at)));
}

function compareTiles(context: Context, op: BinaryName, sides: NumericSides, at: At): Value {
  const equal = op === "eq" || op === "ne";
  const least: DType = equal ? "bool" : "i32";
  const mask = equal ? undefined : [sides.left, sides.right].find(({ value }) => dtypeOf(value) === "bool");
  if (mask !== undefined) {
    const hint = '0 <= x && x < n compares twice; mask.to("i32") counts a mask as 0 and 1';
    throw context.fault("kernel/type", at.node, `a mask is not greater or less than anything`, hint);
  }
  const [a, b] = aligned(context, sides, at, least);
  return tile(context, context.builder.binary(op, a.id, b.id, context.note(at)));
}

function isInteger(value: NumericValue): boolean {
  return dtypeInfo[dtypeOf(value)].kind !== "float";
}

function refuseIntegerDivision(context: Context, { left, right }: NumericSides, node: SyntaxNode): void {
  if (!isInteger(left.value) || !isInteger(right.value)) return;
  throw context.fault(
    "kernel/integer-division",
    node,
    `\`/\` on two integers (${dtypeOf(left.value)} and ${dtypeOf(right.value)}) could mean the whole part or a fraction`,
    'write idiv(a, b) for the whole part, cdiv(a, b) to round up, or cast one side: a.to("f32") / b',
  );
}

function refuseFloatIdiv(context: Context, dtypes: readonly DType[], node: SyntaxNode): void {
  if (dtypes.every((dtype) => dtypeInfo[dtype].kind !== "float")) return;
  throw context.fault(
    "kernel/type",
    node,
    `idiv takes integers, not ${dtypes.join(" and ")}`,
    "write floor(a / b)",
  );
}

/** WGSL's pow has no value for a negative base, so small whole powers are multiplied out. */
function power(context: Context, sides: NumericSides, at: At): NumericValue {
  const { left, right } = sides;
  const exponent = right.value.kind === "constant" ? right.value.value : undefined;
  if (typeof exponent === "number" && Number.isInteger(exponent) && exponent >= 1 && exponent <= 8) {
    const base: NumericOperand = { node: left.node, value: asTile(context, left, { node: left.node }) };
    return powers(context, base, exponent, at);
  }
  // Whole numbers go to f32: f16 holds them only up to 2048.
  const floats = dtypeRank[commonDType(left, right)] >= dtypeRank.f16;
  const [a, b] = aligned(context, sides, at, floats ? "f16" : "f32");
  return tile(context, context.builder.binary("pow", a.id, b.id, context.note(at)));
}

function powers(context: Context, base: NumericOperand, exponent: number, at: At): NumericValue {
  if (exponent === 1) return base.value;
  const half = powers(context, base, Math.floor(exponent / 2), { node: at.node });
  const squared = { left: { ...base, value: half }, right: { ...base, value: half } };
  if (exponent % 2 === 0) return arithmeticOp(context, "mul", squared, at);
  const square = arithmeticOp(context, "mul", squared, { node: at.node });
  return arithmeticOp(context, "mul", { left: { ...base, value: square }, right: base }, at);
}

/** `pointer + offset`, `offset + pointer` and `pointer - offset` move; nothing else works on pointers. */
function movePointer(context: Context, operator: string, sides: Sides, at: At): PointerValue {
  const { left, right } = sides;
  const [pointer, step] = left.value.kind === "pointer" ? [left.value, right] : [right.value, left];
  const forward = operator === "+";
  const backward = operator === "-" && left.value.kind === "pointer";
  if (pointer.kind !== "pointer" || step.value.kind === "pointer" || (!forward && !backward)) {
    const hint = "pointers move by + and -; load(pointer) reads what is there";
    throw context.fault("kernel/pointer", at.node, `\`${operator}\` does not work on a pointer`, hint);
  }
  const offset = wholeNumber(context, numeric(context, step, "moving a pointer"));
  const from: Operand = { value: pointer.offset, node: at.node };
  const zero = pointer.offset.kind === "constant" && pointer.offset.value === 0;
  const sum =
    zero && forward
      ? offset.value
      : binaryOperator(context, operator, { left: from, right: offset }, { node: at.node });
  return { ...pointer, offset: numeric(context, { value: sum, node: at.node }, "an offset").value };
}

/** An offset or a bound: i32, or a constant that fits it. */
export function wholeNumber(context: Context, operand: NumericOperand): NumericOperand {
  const { value, node } = operand;
  const dtype = dtypeOf(value);
  if (dtype === "i32") return operand;
  if (value.kind === "tile" && dtype === "u32")
    return { node, value: withDType(context, operand, "i32", { node }) };
  const hint = 'cast it: x.to("i32")';
  throw context.fault("kernel/type", node, `offsets and bounds are i32, not ${describe(value)}`, hint);
}

/** `-x`, `+x` and `!x`. */
export function unaryOperator(context: Context, operator: string, operand: Operand, at: At): Value {
  const { value } = operand;
  if (operator === "!") return not(context, operand, at);
  if (operator === "~") return complement(context, operand, at);
  if (operator !== "-" && operator !== "+") {
    throw context.fault("kernel/unsupported", at.node, `\`${operator}\` does not work in a kernel`);
  }
  if (value.kind === "constant" && typeof value.value === "number") {
    return constant(operator === "-" ? -value.value : value.value);
  }
  const number = numeric(context, operand, `\`${operator}\``);
  if (operator === "+") return number.value;
  const dtype = dtypeOf(number.value);
  if (dtype === "u32") {
    throw context.fault("kernel/type", at.node, "a u32 has no negative", 'cast it: x.to("i32")');
  }
  const input = withDType(context, number, dtype === "bool" ? "i32" : dtype, { node: at.node });
  return tile(context, context.builder.unary("neg", input.id, context.note(at)));
}

/** `~x`: all bits the other way. */
function complement(context: Context, operand: Operand, at: At): Value {
  const { value } = operand;
  if (value.kind === "constant" && typeof value.value === "number") return constant(~value.value);
  const number = numeric(context, operand, "`~`");
  const dtype = dtypeOf(number.value);
  const ones = constant(dtype === "bool" ? true : dtype === "u32" ? 2 ** 32 - 1 : -1);
  return logicOp(context, "xor", { left: number, right: { value: ones, node: at.node } }, at);
}

function not(context: Context, operand: Operand, at: At): Value {
  if (operand.value.kind === "constant") return constant(!operand.value.value);
  const mask = maskOf(context, operand, "`!`");
  return tile(context, context.builder.unary("not", mask.id, context.note(at)));
}

/** The operand, which must be a mask: a bool of any shape. */
export function maskOf(
  context: Context,
  operand: Operand,
  what: string,
): NumericValue & { readonly kind: "tile" } {
  const { value, node } = numeric(context, operand, what);
  if (dtypeOf(value) !== "bool") {
    const hint = "compare it: x != 0";
    throw context.fault(
      "kernel/type",
      node,
      `${what} takes masks (true or false), not ${describe(value)}`,
      hint,
    );
  }
  return asTile(context, { value, node }, { node });
}

/** An elementwise function of one number. Integers become f32 where the function needs it. */
export function unaryFunction(context: Context, op: UnaryName, operand: Operand, at: At): Value {
  const { value } = operand;
  if (value.kind === "constant" && typeof value.value === "number") {
    return constant(unaryMeaning[op](value.value));
  }
  const number = numeric(context, operand, op);
  const dtype = dtypeOf(number.value);
  const float = dtypeInfo[dtype].kind === "float";
  const whole = op === "floor" || op === "ceil" || op === "round";
  if (whole && !float) return number.value;
  const wanted: DType = float ? dtype : op === "abs" && dtype !== "bool" ? dtype : "f32";
  const input = withDType(context, number, wanted, { node: at.node });
  return tile(context, context.builder.unary(op, input.id, context.note(at)));
}

/** Two constants: as JavaScript has it. */
function fold(operator: string, left: ConstantValue, right: ConstantValue): ConstantValue | undefined {
  const [a, b] = [left.value, right.value];
  if (operator === "===" || operator === "==") return constant(a === b);
  if (operator === "!==" || operator === "!=") return constant(a !== b);
  const operation = folds[operator];
  const numbers = [a, b].every((value) => typeof value === "number" || typeof value === "boolean");
  return operation === undefined || !numbers ? undefined : constant(operation(Number(a), Number(b)));
}

export const folds: Readonly<Record<string, ((a: number, b: number) => number | boolean) | undefined>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "**": (a, b) => a ** b,
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b,
  ">>": (a, b) => a >> b,
  ">>>": (a, b) => a >>> b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};
