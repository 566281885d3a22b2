import { constantOf } from "./simplify.ts";
import type { Expr, Memory, Statement, ThreadKernel } from "./ir.ts";
import { expressionsOf, mapStatement, rewriteExpr, walkExpr, walkStatements } from "./walk.ts";

/**
 * Register arrays that are only indexed by constants become plain variables: GPU compilers keep those in
 * registers, while arrays may go to memory.
 */
export function scalarise(kernel: ThreadKernel): ThreadKernel {
  const dynamic = dynamicallyIndexed(kernel.body);
  const isFlat = (memory: Memory): boolean =>
    memory.space === "function" && memory.length > 0 && !dynamic.has(memory.name);
  const flat = new Map(kernel.memories.filter(isFlat).map((memory) => [memory.name, memory]));
  if (flat.size === 0) return kernel;
  const memories = kernel.memories.flatMap((memory) =>
    flat.has(memory.name)
      ? Array.from({ length: memory.length }, (_, index): Memory => ({
          ...memory,
          name: part(memory.name, index),
          length: 0,
        }))
      : [memory],
  );
  const single = (name: string, index: Expr | undefined): string | undefined =>
    flat.has(name) && index !== undefined ? part(name, constantOf(index) ?? 0) : undefined;
  const inExpr = (root: Expr): Expr =>
    rewriteExpr(root, (expr) => {
      const name = expr.kind === "read" ? single(expr.memory, expr.index) : undefined;
      return name === undefined ? expr : { kind: "read", type: expr.type, memory: name };
    });
  const rewrite = (block: readonly Statement[]): readonly Statement[] =>
    block.map((statement) => {
      const mapped = mapStatement(statement, { expr: inExpr, block: rewrite });
      const name = mapped.kind === "set" ? single(mapped.memory, mapped.index) : undefined;
      if (mapped.kind !== "set" || name === undefined) return mapped;
      const { index: _, ...rest } = mapped;
      return { ...rest, memory: name };
    });
  return { ...kernel, memories, body: rewrite(kernel.body) };
}

function part(name: string, index: number): string {
  return `${name}_${index}`;
}

function dynamicallyIndexed(body: readonly Statement[]): ReadonlySet<string> {
  const names = new Set<string>();
  walkStatements(body, (statement) => {
    if (
      statement.kind === "set" &&
      statement.index !== undefined &&
      constantOf(statement.index) === undefined
    )
      names.add(statement.memory);
    for (const root of expressionsOf(statement))
      walkExpr(root, (expr) => {
        if (expr.kind === "read" && expr.index !== undefined && constantOf(expr.index) === undefined)
          names.add(expr.memory);
      });
  });
  return names;
}
