import { Fault } from "@tilebook/base";
import type { Expr, Memory, Statement, ThreadKernel } from "./ir.ts";
import { blocksOfStatement, expressionsOf, walkExpr } from "./walk.ts";

/**
 * Proves that every barrier, broadcast and shuffle stands where all threads of the workgroup come by, by Tint's rules: what
 * differs between threads is the thread's own number, what is read from workgroup memory or a buffer that is written, what an
 * atomic gives, what other threads of the subgroup have, and what is computed from these or set where threads have parted. A branch, or a loop with such bounds, on
 * a value that differs parts the threads. Throws `compile/uniformity`: a mistake of the compiler, never of a user.
 */
export function verifyUniform(kernel: ThreadKernel): void {
  const memories = new Map(kernel.memories.map((memory) => [memory.name, memory]));
  const differing = new Set<string>(["tid", "lane"]);
  // A variable set late in a loop is read early in its next turn: until nothing new differs.
  for (let known = 0; known !== differing.size;) {
    known = differing.size;
    spread(kernel.body, false, { memories, differing });
  }
  check(kernel.body, false, { memories, differing });
}

interface Known {
  readonly memories: ReadonlyMap<string, Memory>;
  /** Names and variables whose value is not the same in all threads. */
  readonly differing: Set<string>;
}

function differs(expr: Expr, known: Known): boolean {
  let found = false;
  walkExpr(expr, (part) => {
    if (part.kind === "name") found ||= known.differing.has(part.name);
    if (part.kind === "read") found ||= readDiffers(part.memory, known);
    found ||= isHandedOn(part);
  });
  return found;
}

function readDiffers(name: string, { memories, differing }: Known): boolean {
  const space = memories.get(name)?.space;
  return space === "function" ? differing.has(name) : space !== "read";
}

/** True when threads part at this statement, so that not all of them run its blocks together. */
function parts(statement: Statement, known: Known): boolean {
  if (statement.kind === "if") return differs(statement.condition, known);
  if (statement.kind !== "for") return false;
  if (differs(statement.from, known) || differs(statement.to, known)) return true;
  return leavesApart(statement.body, false, known);
}

function spread(block: readonly Statement[], parted: boolean, known: Known): void {
  for (const statement of block) {
    const apart = parted || parts(statement, known);
    if (statement.kind === "let" && differs(statement.value, known)) known.differing.add(statement.name);
    if (statement.kind === "atomic") known.differing.add(statement.name);
    if (statement.kind === "for" && apart) known.differing.add(statement.index);
    if (statement.kind === "set") spreadSet(statement, parted, known);
    for (const inner of blocksOfStatement(statement)) spread(inner, apart, known);
  }
}

function spreadSet(statement: Extract<Statement, { kind: "set" }>, parted: boolean, known: Known): void {
  const place = statement.index !== undefined && differs(statement.index, known);
  if (parted || place || differs(statement.value, known)) known.differing.add(statement.memory);
}

function check(block: readonly Statement[], parted: boolean, known: Known): void {
  for (const statement of block) {
    if (parted && isMeeting(statement)) throw notUniform(statement);
    const apart = parted || parts(statement, known);
    for (const inner of blocksOfStatement(statement)) check(inner, apart, known);
  }
}

function isMeeting(statement: Statement): boolean {
  const { kind } = statement;
  if (kind === "barrier" || kind === "agree" || kind === "conclude") return true;
  return expressionsOf(statement).some((root) => {
    let found = false;
    walkExpr(root, (part) => {
      found ||= isHandedOn(part);
    });
    return found;
  });
}

/** Of another thread of the subgroup, which must come by, too. */
function isHandedOn({ kind }: Expr): boolean {
  return kind === "broadcast" || kind === "shuffle";
}

/** Threads that leave a loop at different turns have parted in all of its body; an inner loop's leaving is its own. */
function leavesApart(block: readonly Statement[], parted: boolean, known: Known): boolean {
  return block.some((statement) => {
    if (statement.kind === "leaveUnless") return parted || differs(statement.condition, known);
    if (statement.kind !== "if") return false;
    const apart = parted || differs(statement.condition, known);
    return blocksOfStatement(statement).some((inner) => leavesApart(inner, apart, known));
  });
}

function notUniform(statement: Statement): Fault {
  const more = statement.span === undefined ? {} : { span: statement.span };
  return new Fault(
    "compile/uniformity",
    "threads wait or listen for each other where some of them do not come by",
    more,
  );
}
