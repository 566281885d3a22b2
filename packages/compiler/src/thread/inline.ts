import type { Origin, Span } from "@tilebook/base";
import type { Expr, Memory, Statement, ThreadKernel } from "./ir.ts";
import {
  blocksOfStatement,
  expressionsOf,
  mapStatement,
  rewriteExpr,
  walkExpr,
  walkStatements,
} from "./walk.ts";

/** Deeper expressions than this stay apart, for readers. */
const mostNodes = 24;

interface Pending {
  readonly statement: Extract<Statement, { kind: "let" }>;
  readonly value: Expr;
  readonly reads: ReadonlySet<string>;
}

/**
 * Puts a let that is used once into its use, when both stand in one block and nothing it reads changes between.
 * The text becomes shorter and reads like a person wrote it.
 */
export function inlineOnce(kernel: ThreadKernel): ThreadKernel {
  const uses = countUses(kernel.body);
  const constant = new Set(kernel.memories.filter(isConstant).map((memory) => memory.name));
  return { ...kernel, body: inlineBlock(kernel.body, uses, constant) };
}

function isConstant(memory: Memory): boolean {
  return memory.space === "read";
}

function countUses(body: readonly Statement[]): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  walkStatements(body, (statement) => {
    for (const root of expressionsOf(statement))
      walkExpr(root, (expr) => {
        if (expr.kind === "name") uses.set(expr.name, (uses.get(expr.name) ?? 0) + 1);
      });
  });
  return uses;
}

const none: ReadonlySet<string> = new Set();

function inlineBlock(
  block: readonly Statement[],
  uses: ReadonlyMap<string, number>,
  constant: ReadonlySet<string>,
): readonly Statement[] {
  const result: Statement[] = [];
  const pending = new Map<string, Pending>();
  const flush = (stale: (entry: Pending) => boolean): void => {
    for (const [name, entry] of Array.from(pending)) {
      if (!stale(entry)) continue;
      result.push({ ...entry.statement, value: entry.value });
      pending.delete(name);
    }
  };
  for (const statement of block) {
    const isBlock = statement.kind === "for" || statement.kind === "if";
    const folded: Statement[] = [];
    const mapped = mapStatement(statement, {
      expr: (expr) => substitute(expr, pending, folded),
      block: (inner) => inlineBlock(inner, uses, constant),
    });
    const direct = folded.length === 0 ? mapped : { ...mapped, ...originOf(mapped, folded) };
    const wanted = isBlock ? namesIn(blocksOfStatement(direct).flat()) : none;
    const written = writtenBy(direct);
    if (wanted.size + written.size > 0)
      flush((entry) => wanted.has(entry.statement.name) || overlaps(entry.reads, written));
    if (direct.kind === "let" && uses.get(direct.name) === 1 && sizeOf(direct.value) <= mostNodes) {
      const reads = readsOf(direct.value, constant);
      pending.set(direct.name, { statement: direct, value: direct.value, reads });
    } else if (!isIdle(direct)) {
      result.push(direct);
    }
  }
  flush(() => true);
  return result;
}

/** A register that is set to what it holds. */
function isIdle(statement: Statement): boolean {
  if (statement.kind !== "set" || statement.index !== undefined) return false;
  const { value, memory } = statement;
  return value.kind === "read" && value.memory === memory && value.index === undefined;
}

/** Pieces of source that one statement remembers beside its own. */
const mostPieces = 16;

/** Where a statement comes from that others went into. */
function originOf(into: Statement, folded: readonly Statement[]): { readonly span?: Origin } {
  const [span, ...pieces] = [into, ...folded].flatMap(({ span: own }) =>
    own === undefined ? [] : [plain(own), ...(own.also ?? [])],
  );
  if (span === undefined) return {};
  const distinct = new Map(pieces.map((piece) => [keyOf(piece), piece]));
  distinct.delete(keyOf(span));
  const also = [...distinct.values()].slice(0, mostPieces);
  return { span: also.length === 0 ? span : { ...span, also } };
}

function plain({ source, start, end }: Span): Span {
  return { source, start, end };
}

function keyOf({ source, start, end }: Span): string {
  return `${start} ${end} ${source}`;
}

/** Puts in what waits for its use; what went in is noted in `folded`. */
function substitute(expr: Expr, pending: Map<string, Pending>, folded: Statement[]): Expr {
  if (pending.size === 0) return expr;
  return rewriteExpr(expr, (part) => {
    const entry = part.kind === "name" ? pending.get(part.name) : undefined;
    if (entry === undefined) return part;
    pending.delete(entry.statement.name);
    folded.push(entry.statement);
    return entry.value;
  });
}

/** Memories a statement changes, its blocks included; a barrier changes all that is shared. */
function writtenBy(statement: Statement): ReadonlySet<string> {
  if (statement.kind === "let") return none;
  const names = new Set<string>();
  walkStatements([statement], (inner) => {
    if (inner.kind === "set" || inner.kind === "atomic") names.add(inner.memory);
    if (inner.kind === "barrier" || inner.kind === "agree") names.add("*");
  });
  return names;
}

function overlaps(reads: ReadonlySet<string>, written: ReadonlySet<string>): boolean {
  return reads.size > 0 && (written.has("*") || Array.from(reads).some((name) => written.has(name)));
}

function readsOf(root: Expr, constant: ReadonlySet<string>): ReadonlySet<string> {
  if (root.kind === "name" || root.kind === "const") return none;
  const names = new Set<string>();
  walkExpr(root, (expr) => {
    if (expr.kind === "read" && !constant.has(expr.memory)) names.add(expr.memory);
  });
  return names;
}

function namesIn(body: readonly Statement[]): ReadonlySet<string> {
  return new Set(countUses(body).keys());
}

function sizeOf(root: Expr): number {
  let nodes = 0;
  walkExpr(root, () => {
    nodes += 1;
  });
  return nodes;
}
