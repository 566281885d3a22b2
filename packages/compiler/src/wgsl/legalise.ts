import type { Expr, Statement, ThreadKernel } from "../thread/ir.ts";
import { mapStatement, rewriteExpr } from "../thread/walk.ts";

/** Values that WGSL refuses as constants: a variable's bits become them while the kernel runs. */
export const specials: readonly {
  readonly name: string;
  readonly bits: string;
  readonly is: (x: number) => boolean;
}[] = [
  { name: "infinity", bits: "0x7f800000u", is: (x) => x === Infinity },
  { name: "minus_infinity", bits: "0xff800000u", is: (x) => x === -Infinity },
  { name: "not_a_number", bits: "0x7fc00000u", is: Number.isNaN },
];

/** Replaces what WGSL validators refuse: constants that are infinite or no number. */
export function legalise(kernel: ThreadKernel): ThreadKernel {
  const inBlock = (block: readonly Statement[]): readonly Statement[] =>
    block.map((statement) => mapStatement(statement, { expr: legalExpr, block: inBlock }));
  return { ...kernel, body: inBlock(kernel.body) };
}

function legalExpr(root: Expr): Expr {
  return rewriteExpr(root, (expr) => {
    if (expr.kind !== "const" || Number.isFinite(expr.value)) return expr;
    const special = specials.find(({ is }) => is(expr.value));
    if (special === undefined) return expr;
    const value: Expr = { kind: "name", type: { scalar: "f32", width: 1 }, name: special.name };
    return expr.type.scalar === "f32" ? value : { kind: "convert", type: expr.type, input: value };
  });
}
