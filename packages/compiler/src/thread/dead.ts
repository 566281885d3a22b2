import type { Expr, Statement, ThreadKernel } from "./ir.ts";
import { blocksOfStatement, expressionsOf, mapStatement, walkExpr, walkStatements } from "./walk.ts";

/** Drops lets nobody reads, writes to registers nobody reads, and blocks that became empty. */
export function dropDead(kernel: ThreadKernel): ThreadKernel {
  let { body } = kernel;
  for (let size = -1; size !== countStatements(body);) {
    size = countStatements(body);
    body = sweep(body, readNames(body), kernel);
  }
  const used = usedMemories(body);
  return {
    ...kernel,
    body,
    memories: kernel.memories.filter((memory) => isBuffer(memory) || used.has(memory.name)),
  };
}

function sweep(
  block: readonly Statement[],
  read: ReadonlySet<string>,
  kernel: ThreadKernel,
): readonly Statement[] {
  const buffers = new Set(kernel.memories.filter(isBuffer).map((memory) => memory.name));
  const lives = (statement: Statement): boolean => {
    switch (statement.kind) {
      case "let":
        return read.has(statement.name);
      case "set":
        return buffers.has(statement.memory) || read.has(statement.memory);
      case "for":
      case "if":
        return blocksOfStatement(statement).some((inner) => inner.length > 0);
      case "barrier":
      case "agree":
        return true;
    }
  };
  const clean = (inner: readonly Statement[]): readonly Statement[] =>
    inner.map((statement) => mapStatement(statement, { block: clean })).filter(lives);
  return clean(block);
}

/** Names of lets and memories that some expression reads. */
function readNames(body: readonly Statement[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (expr: Expr): void => {
    if (expr.kind === "name") names.add(expr.name);
    if (expr.kind === "read") names.add(expr.memory);
  };
  walkStatements(body, (statement) => {
    for (const expr of expressionsOf(statement)) walkExpr(expr, visit);
    if (statement.kind === "agree") names.add(statement.memory);
  });
  return names;
}

function usedMemories(body: readonly Statement[]): ReadonlySet<string> {
  const names = new Set(readNames(body));
  walkStatements(body, (statement) => {
    if (statement.kind === "set") names.add(statement.memory);
  });
  return names;
}

function countStatements(body: readonly Statement[]): number {
  let count = 0;
  walkStatements(body, () => {
    count += 1;
  });
  return count;
}

export function isBuffer(memory: { readonly space: string }): boolean {
  return memory.space === "read" || memory.space === "readwrite";
}
