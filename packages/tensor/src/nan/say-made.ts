import type { BinaryName } from "@tilebook/ir";
import type { Expr, NodeBody } from "../expr.ts";
import type { NaNTrace } from "../host.ts";

/** How operators are written; other ops of two numbers are written as calls. */
const operators: Partial<Record<BinaryName, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  mod: "%",
  pow: "**",
};

/** What a NaN was made of: "log of -0.5", "0 / 0", "sum of a line with Infinity, -Infinity". */
export function sayMade(expr: Expr, { operands, inside }: NaNTrace): string {
  const body = bodyOf(expr);
  const numbers = operands.map(sayNumber);
  if (body?.kind === "unary") return `${body.op} of ${numbers.join()}`;
  if (body?.kind === "binary") return sayBinary(body.op, numbers);
  if (body?.kind === "reduce") return `${body.op} of a line${among(numbers)}`;
  if (body?.kind === "matmul") return `product of a row and a column${among(numbers)}`;
  if (body?.kind === "attention") return "attention over numbers";
  const [what] = inside?.message.split(" gave NaN") ?? [];
  return what === undefined ? kernelOf(expr) : `${what} in ${kernelOf(expr)}`;
}

function sayBinary(op: BinaryName, numbers: readonly string[]): string {
  const operator = operators[op];
  if (operator === undefined) return `${op}(${numbers.join(", ")})`;
  return numbers.map(bracketed).join(` ${operator} `);
}

function bodyOf({ recipe }: Expr): NodeBody | undefined {
  return recipe?.make(
    recipe.inputs.map((_, at) => at),
    0,
  );
}

function kernelOf(expr: Expr): string {
  const kernel = [expr, ...expr.inputs].find(({ recipe }) => recipe?.kernel !== undefined)?.recipe?.kernel;
  return kernel === undefined ? "a kernel" : `kernel ${kernel.name}`;
}

function among(numbers: readonly string[]): string {
  return numbers.length === 0 ? " of numbers" : ` with ${[...new Set(numbers)].join(", ")}`;
}

/** As many digits as an f32 has. */
function sayNumber(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function bracketed(number: string, at: number): string {
  return at > 0 && number.startsWith("-") ? `(${number})` : number;
}
