import type { ArithmeticName, CompareName, UnaryName } from "@tilebook/ir";
import { type Expr, type NodeBody, pick } from "../expr.ts";
import { extremeText } from "../library/launch.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { bodyOf, numberOf } from "./coded.ts";
import type { Columns, Making, Product } from "./product-launch.ts";

/** Maths of more nodes is left where it is. */
const mostNodes = 100;

type ProductOf = (expr: Expr) => Product | undefined;

/**
 * How `value` [slots, width] is made of products of as many rows, where that is plain maths, element by element: of at most two columns of them
 * for each of its own.
 */
export function activationOf(value: Expr, productOf: ProductOf): Making | undefined {
  const [slots = 1, width = 1] = value.shape;
  const columns = new Map<string, Columns>();
  const names = new Map<Expr, string | undefined>();
  const lines: string[] = [];
  const name = (expr: Expr): string | undefined => {
    if (!names.has(expr)) names.set(expr, names.size < mostNodes ? (total(expr) ?? made(expr)) : undefined);
    return names.get(expr);
  };
  const total = (expr: Expr): string | undefined => {
    const found = columnsIn(expr, [slots, width], productOf);
    if (found === undefined) return undefined;
    const key = `${found.serial} ${found.first} ${found.step}`;
    if (!columns.has(key)) columns.set(key, found);
    return `total${[...columns.keys()].indexOf(key)}`;
  };
  const made = (expr: Expr): string | undefined => {
    const inputs = bodyOf(expr) && expr.inputs.map(name);
    const text = inputs?.every((one) => one !== undefined) ? textOf(expr, inputs) : undefined;
    if (text === undefined || numberOf(expr) !== undefined || bodyOf(expr)?.kind === "reshape") return text;
    return `a${lines.push(`const a${lines.length} = ${text};`) - 1}`;
  };
  const last = name(value);
  const [first, ...more] = columns.values();
  if (last === undefined || lines.length === 0 || first === undefined || more.length > 1) return undefined;
  return { columns: [first, ...more], width, result: [...lines, `const result = ${last};`].join("\n  ") };
}

/** The columns of a product that these are, perhaps in another shape: rows stay rows. */
function columnsIn(
  expr: Expr,
  [slots, width]: readonly [number, number],
  productOf: ProductOf,
): (Columns & { readonly serial: number }) | undefined {
  const { product, at, serial } = viewed(expr, productOf) ?? {};
  if (product === undefined || at === undefined || serial === undefined) return undefined;
  if (sizeOf(expr.shape) !== slots * width) return undefined;
  const first = at(0);
  const step = width > 1 ? at(1) - first : 1;
  const isEven = (row: number): boolean =>
    Array.from({ length: width }, (_, column) => at(row * width + column) - row * product.width).every(
      (found, column) => found === first + step * column,
    );
  const holds = step > 0 && first + step * (width - 1) < product.width && isEven(0) && isEven(slots - 1);
  return holds ? { product, first, step, serial } : undefined;
}

interface View {
  readonly product: Product;
  /** Of the product's result. */
  readonly serial: number;
  /** Which of its elements the element at a place is. */
  readonly at: (place: number) => number;
}

function viewed(expr: Expr, productOf: ProductOf): View | undefined {
  const product = productOf(expr);
  if (product !== undefined) return { product, serial: expr.serial, at: (place) => place };
  const body = bodyOf(expr);
  const [input] = expr.inputs;
  if (input === undefined || (body?.kind !== "reshape" && body?.kind !== "slice")) return undefined;
  const inner = viewed(input, productOf);
  if (inner === undefined || body.kind === "reshape") return inner;
  return { ...inner, at: (place) => inner.at(sliced(body, place, expr.shape, input.shape)) };
}

function sliced(
  { start, step }: NodeBody & { readonly kind: "slice" },
  place: number,
  shape: Shape,
  from: Shape,
): number {
  let [rest, found, stride] = [place, 0, 1];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = pick(shape, axis);
    found += (pick(start, axis) + (rest % size) * (step?.[axis] ?? 1)) * stride;
    rest = Math.floor(rest / size);
    stride *= pick(from, axis);
  }
  return found;
}

const signs: Partial<Record<ArithmeticName | CompareName, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  eq: "==",
  ne: "!=",
};

/** What a node says, of texts of its inputs; nothing for what moves elements, or is no maths of f32 numbers. */
function textOf(expr: Expr, [a, b, c]: readonly (string | undefined)[]): string | undefined {
  const body = bodyOf(expr);
  const { dtype, inputs } = expr;
  if (body === undefined || (dtype !== "f32" && dtype !== "bool")) return undefined;
  const number = numberOf(expr);
  if (number !== undefined) return dtype === "f32" ? String(number) : undefined;
  if (body.kind === "reshape") return a;
  // Of plain numbers alone a kernel would make whole ones.
  if (inputs.every((input) => numberOf(input) !== undefined)) return undefined;
  if (body.kind === "select") return `where(${a}, ${b}, ${c})`;
  if (body.kind === "binary") return binaryText(body.op, `${a}`, `${b}`);
  return body.kind === "unary" ? unaryText(body.op, `${a}`) : undefined;
}

function unaryText(op: UnaryName, a: string): string | undefined {
  if (op === "not") return undefined;
  return op === "neg" ? `-(${a})` : `${op}(${a})`;
}

function binaryText(op: ArithmeticName | CompareName, a: string, b: string): string | undefined {
  if (op === "max" || op === "min")
    return extremeText(`${op}imum`, "f32").replaceAll(/\b[ab]\b/g, (side) => (side === "a" ? a : b));
  const sign = signs[op];
  return sign === undefined ? undefined : `(${a}) ${sign} (${b})`;
}
