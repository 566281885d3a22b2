import { dtypeInfo, type UnaryName } from "@tilebook/ir";
import type { FunctionName } from "@tilebook/shaders";
import type { Expr, Scalar, ThreadBinary, ThreadType } from "../thread/ir.ts";
import type { Link } from "./link.ts";

/** How WGSL writes a type. */
export function spellType(type: ThreadType): string {
  return type.width === 1 ? type.scalar : vectors[type.scalar];
}

const vectors: Record<Scalar, string> = {
  f32: "vec4f",
  f16: "vec4h",
  i32: "vec4i",
  u32: "vec4u",
  bool: "vec4<bool>",
};

/** What an operator's text may need to know. */
interface Operand {
  readonly text: string;
  readonly type: ThreadType;
}

const call =
  (name: string) =>
  (x: Operand): string =>
    `${name}(${x.text})`;

/** Integers have no floor to take. */
const onFloats =
  (name: string) =>
  (x: Operand): string =>
    x.type.scalar === "f32" || x.type.scalar === "f16" ? `${name}(${x.text})` : x.text;

/** How WGSL says each unary op. */
export const spellUnary: Record<UnaryName, (x: Operand, link: Link) => string> = {
  neg: (x) => (x.type.scalar === "u32" ? `(0u - ${x.text})` : `(-${x.text})`),
  abs: call("abs"),
  exp: call("exp"),
  exp2: call("exp2"),
  log: (x, link) => `${link("logarithm", x.type.width)}(${x.text})`,
  log2: (x, link) => `${link("logarithm2", x.type.width)}(${x.text})`,
  sqrt: call("sqrt"),
  rsqrt: call("inverseSqrt"),
  sin: (x, link) => `${link("sine", x.type.width)}(${x.text})`,
  cos: (x, link) => `${link("cosine", x.type.width)}(${x.text})`,
  tanh: (x, link) => `${link("tanh", x.type.width)}(${x.text})`,
  floor: onFloats("floor"),
  ceil: onFloats("ceil"),
  round: onFloats("round"),
  erf: (x, link) => `${link("erf", x.type.width)}(${x.text})`,
  log1p: (x, link) => `${link("log1p", x.type.width)}(${x.text})`,
  expm1: (x, link) => `${link("expm1", x.type.width)}(${x.text})`,
  not: (x) => `(!${x.text})`,
};

const infix =
  (operator: string) =>
  (a: Operand, b: Operand): string =>
    `(${a.text} ${operator} ${b.text})`;

const both =
  (name: string) =>
  (a: Operand, b: Operand): string =>
    `${name}(${a.text}, ${b.text})`;

/** A shift counts by u32, and modulo 32: a constant that is larger would be refused. */
function amount(b: Operand): string {
  const [type, mask] = b.type.width === 1 ? ["u32", "31u"] : ["vec4u", "vec4u(31u)"];
  const known = /^\(?(\d+)[iu]\)?$/.exec(b.text);
  if (known !== null && Number(known[1]) < 32) return `${known[1]}u`;
  return `(${type}(${b.text}) & ${mask})`;
}

/** A function that knows no vectors: lane by lane. `part` of what it gives. */
function laneByLane(called: FunctionName, part = "") {
  return (a: Operand, b: Operand, link: Link): string => {
    const name = link(called, 1);
    if (a.type.width === 1) return `${name}(${a.text}, ${b.text})${part}`;
    const lanes = ["x", "y", "z", "w"].map((lane) => `${name}(${a.text}.${lane}, ${b.text}.${lane})${part}`);
    return `${spellType(a.type)}(${lanes.join(", ")})`;
  };
}

const remainder = laneByLane("modulo");

/** How WGSL says each binary op. Dividing an integer by zero is defined in WGSL, and as our op table says. */
export const spellBinary: Record<ThreadBinary, (a: Operand, b: Operand, link: Link) => string> = {
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: infix("/"),
  idiv: infix("/"),
  mod: (a, b, link) => (a.type.scalar === "f32" ? remainder(a, b, link) : `(${a.text} % ${b.text})`),
  min: both("min"),
  max: both("max"),
  pow: (a, b, link) => `${link("power", a.type.width)}(${a.text}, ${b.text})`,
  and: infix("&"),
  or: infix("|"),
  lt: infix("<"),
  le: infix("<="),
  gt: infix(">"),
  ge: infix(">="),
  eq: infix("=="),
  // Both browser engines say false to NaN != NaN.
  ne: (a, b) => `(!(${a.text} == ${b.text}))`,
  xor: (a, b) => (a.type.scalar === "bool" ? `(${a.text} != ${b.text})` : `(${a.text} ^ ${b.text})`),
  shl: (a, b) => `(${a.text} << ${amount(b)})`,
  shr: (a, b) => `(${a.text} >> ${amount(b)})`,
  mulhi: (a, b, link) => `${link("mulhi", a.type.width)}(${a.text}, ${b.text})`,
  philox0: laneByLane("philox", ".x"),
  philox1: laneByLane("philox", ".y"),
  philox2: laneByLane("philox", ".z"),
  philox3: laneByLane("philox", ".w"),
};

/** A conversion between scalar types. */
export function spellConvert(to: ThreadType, input: Operand, link: Link): string {
  if (input.type.scalar === "f32" && (to.scalar === "i32" || to.scalar === "u32"))
    return `${link(`to_${to.scalar}`, to.width)}(${input.text})`;
  if (to.scalar !== "bool") return `${spellType(to)}(${input.text})`;
  const zero = input.type.scalar === "f32" ? "0.0" : input.type.scalar === "u32" ? "0u" : "0i";
  return `(!(${input.text} == ${input.type.width === 1 ? zero : `${spellType(input.type)}(${zero})`}))`;
}

/** The products of four bytes with four others, added up, as an i32. */
export function spellDotBytes(signed: boolean, left: string, right: string): string {
  return signed ? `dot4I8Packed(${left}, ${right})` : `bitcast<i32>(dot4U8Packed(${left}, ${right}))`;
}

/** A finite constant. Infinities and NaN are names by now (see legalise). */
export function spellConst(expr: Extract<Expr, { kind: "const" }>): string {
  const { value } = expr;
  switch (expr.type.scalar) {
    case "bool":
      return value === 0 ? "false" : "true";
    case "u32":
      return `${value}u`;
    case "i32":
      return value === -2147483648 ? "i32(-2147483648)" : value < 0 ? `(${value}i)` : `${value}i`;
    case "f32":
      return spellFloat(value, "f32", "f");
    case "f16":
      return spellFloat(value, "f16", "h");
  }
}

function spellFloat(value: number, dtype: "f32" | "f16", suffix: string): string {
  if (Object.is(value, -0)) return `(-0${suffix})`;
  const text = shortestFloat(value, dtype);
  return value < 0 ? `(${text}${suffix})` : `${text}${suffix}`;
}

const greatest = { f32: 3.4028234663852886e38, f16: 65504 } as const;

/** The shortest decimal that rounds to this float. WGSL refuses what is above the greatest, even if it would round to it. */
function shortestFloat(value: number, dtype: "f32" | "f16"): string {
  const { round } = dtypeInfo[dtype];
  for (let digits = 1; digits <= 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (round(text) === value && Math.abs(text) <= greatest[dtype]) return `${text}`;
  }
  return `${value}`;
}
