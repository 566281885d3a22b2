import type { Memory, Statement, ThreadKernel } from "./ir.ts";
import { blocksOfStatement, expressionsOf, walkExpr } from "./walk.ts";
import { samePool } from "./plan.ts";

/** What threads may have read and written since they last met. */
interface Traffic {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

const quiet: Traffic = { reads: new Set(), writes: new Set() };

/**
 * Puts a barrier before every statement that touches workgroup memory another thread may have written, or writes
 * what another thread may still read. Writes to one memory never overlap: it is written once before it is read.
 * Barriers stand only where all threads come by: never inside a branch that some threads skip, which counts as one
 * statement. (Storage buffers get their barriers in lower/store.ts, where the order of stores is known.)
 */
export function placeBarriers(kernel: ThreadKernel): ThreadKernel {
  const memories = new Map(kernel.memories.filter(isCommon).map((memory) => [memory.name, memory]));
  if (memories.size === 0) return kernel;
  const { block } = guard(kernel.body, quiet, memories);
  return { ...kernel, body: block };
}

function isCommon(memory: Memory): boolean {
  return memory.space === "workgroup";
}

type Memories = ReadonlyMap<string, Memory>;

interface Guarded {
  readonly block: readonly Statement[];
  /** What is open when the block ends. */
  readonly open: Traffic;
}

function guard(block: readonly Statement[], before: Traffic, memories: Memories): Guarded {
  const result: Statement[] = [];
  let open = before;
  for (const statement of block) {
    const { statements, open: next } = guardStatement(statement, open, memories);
    result.push(...statements);
    open = next;
  }
  return { block: result, open };
}

function guardStatement(
  statement: Statement,
  open: Traffic,
  memories: Memories,
): { readonly statements: readonly Statement[]; readonly open: Traffic } {
  if (statement.kind === "agree") return { statements: [statement], open: quiet };
  if (statement.kind === "for" && mayHoldBarrier(statement, memories))
    return guardLoop(statement, open, memories);
  if (statement.kind === "if" && statement.uniform) {
    const whenTrue = guard(statement.whenTrue, open, memories);
    const whenFalse = guard(statement.whenFalse, open, memories);
    const joined = { ...statement, whenTrue: whenTrue.block, whenFalse: whenFalse.block };
    return { statements: [joined], open: merge(whenTrue.open, whenFalse.open) };
  }
  const traffic = trafficOf(statement, memories);
  if (!clashes(open, traffic, memories)) return { statements: [statement], open: merge(open, traffic) };
  const span = statement.span === undefined ? {} : { span: statement.span };
  return { statements: [{ kind: "barrier", space: "workgroup", ...span }, statement], open: traffic };
}

/** A turn begins with what was open before the loop or at the end of the turn before. */
function guardLoop(
  statement: Extract<Statement, { kind: "for" }>,
  open: Traffic,
  memories: Memories,
): { readonly statements: readonly Statement[]; readonly open: Traffic } {
  const first = guard(statement.body, open, memories);
  const again = guard(statement.body, merge(open, first.open), memories);
  return { statements: [{ ...statement, body: again.block }], open: merge(open, again.open) };
}

/** A loop that one thread runs for itself stays whole when no barrier is needed inside it. */
function mayHoldBarrier(statement: Statement, memories: Memories): boolean {
  const inside = blocksOfStatement(statement).flat();
  const { reads, writes } = inside.map((inner) => trafficOf(inner, memories)).reduce(merge, quiet);
  return Array.from(writes).some((name) => reads.has(name)) || holdsBarrier(inside);
}

function holdsBarrier(block: readonly Statement[]): boolean {
  return block.some(
    (statement) =>
      statement.kind === "agree" ||
      statement.kind === "barrier" ||
      blocksOfStatement(statement).some(holdsBarrier),
  );
}

/** All memory a statement touches, its blocks included. */
function trafficOf(statement: Statement, memories: Memories): Traffic {
  const reads = new Set<string>();
  const writes = new Set<string>();
  const visit = (inner: Statement): void => {
    if (inner.kind === "set" && memories.has(inner.memory)) writes.add(inner.memory);
    for (const root of expressionsOf(inner))
      walkExpr(root, (expr) => {
        if (expr.kind === "read" && memories.has(expr.memory)) reads.add(expr.memory);
      });
    blocksOfStatement(inner).flat().forEach(visit);
  };
  visit(statement);
  return { reads, writes };
}

function clashes(open: Traffic, next: Traffic, memories: Memories): boolean {
  const readsFresh = [...next.reads].some((name) => meets(name, open.writes, memories));
  const disturbs = [...next.writes].some((name) => meets(name, open.reads, memories));
  const elsewhere = (name: string): ReadonlySet<string> =>
    new Set([...open.writes].filter((other) => other !== name));
  return readsFresh || disturbs || [...next.writes].some((name) => meets(name, elsewhere(name), memories));
}

/** True when the memory, or one that shares its place in a pool, is among `names`. */
function meets(name: string, names: ReadonlySet<string>, memories: Memories): boolean {
  if (names.has(name)) return true;
  const memory = memories.get(name);
  return memory !== undefined && [...names].some((other) => overlap(memory, memories.get(other)));
}

function overlap(a: Memory, b: Memory | undefined): boolean {
  if (b === undefined || a.offset === undefined || b.offset === undefined) return false;
  if (!samePool(a.type, b.type)) return false;
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

function merge(a: Traffic, b: Traffic): Traffic {
  return { reads: new Set([...a.reads, ...b.reads]), writes: new Set([...a.writes, ...b.writes]) };
}
