import type { Expr, Statement, ThreadKernel } from "./ir.ts";
import { expressionsOf, walkExpr, walkStatements } from "./walk.ts";

/** Drops lets nobody reads, writes to registers nobody reads, and blocks that became empty. */
export function dropDead(kernel: ThreadKernel): ThreadKernel {
  const buffers = new Set(kernel.memories.filter(isBuffer).map((memory) => memory.name));
  let { body } = kernel;
  for (let before = -1, after = countStatements(body); before !== after;) {
    body = keepLive(body, { names: new Set(), memories: new Set([...buffers, ...readMemories(body)]) });
    [before, after] = [after, countStatements(body)];
  }
  const used = touchedMemories(body);
  return {
    ...kernel,
    body,
    memories: kernel.memories.filter((memory) => isBuffer(memory) || used.has(memory.name)),
  };
}

interface Wanted {
  /** Names read by statements after this one; a let stands before its readers. */
  readonly names: Set<string>;
  readonly memories: ReadonlySet<string>;
}

/** Walks a block from its end, so that one walk sees every reader of a let before the let. */
function keepLive(block: readonly Statement[], wanted: Wanted): readonly Statement[] {
  const kept: Statement[] = [];
  for (const statement of block.toReversed()) {
    const result = keepStatement(statement, wanted);
    if (result === undefined) continue;
    for (const root of expressionsOf(result)) walkExpr(root, (expr) => noteName(expr, wanted.names));
    kept.push(result);
  }
  return kept.toReversed();
}

function keepStatement(statement: Statement, wanted: Wanted): Statement | undefined {
  switch (statement.kind) {
    case "let":
      return wanted.names.has(statement.name) ? statement : undefined;
    case "set":
      return wanted.memories.has(statement.memory) ? statement : undefined;
    case "for": {
      const body = keepLive(statement.body, wanted);
      return body.length === 0 ? undefined : { ...statement, body };
    }
    case "if": {
      const whenTrue = keepLive(statement.whenTrue, wanted);
      const whenFalse = keepLive(statement.whenFalse, wanted);
      return whenTrue.length + whenFalse.length === 0 ? undefined : { ...statement, whenTrue, whenFalse };
    }
    case "barrier":
    case "agree":
    case "leaveUnless":
    case "atomic":
    case "message":
    case "fail":
    case "conclude":
      return statement;
  }
}

function noteName(expr: Expr, names: Set<string>): void {
  if (expr.kind === "name") names.add(expr.name);
}

function readMemories(body: readonly Statement[]): ReadonlySet<string> {
  const memories = new Set<string>();
  walkStatements(body, (statement) => {
    for (const root of expressionsOf(statement))
      walkExpr(root, (expr) => {
        if (expr.kind === "read") memories.add(expr.memory);
      });
    if (statement.kind === "agree") memories.add(statement.memory);
  });
  return memories;
}

function touchedMemories(body: readonly Statement[]): ReadonlySet<string> {
  const names = new Set(readMemories(body));
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
