import { Fault } from "@tilebook/base";
import type { Target } from "../program.ts";
import type { Memory, Statement, ThreadKernel, ThreadType } from "./ir.ts";
import { blocksOfStatement, expressionsOf, walkExpr } from "./walk.ts";

/** First and last statement, in program order, that touches a memory. */
interface Life {
  readonly from: number;
  readonly to: number;
}

/**
 * Gives every workgroup memory its place in the pool of its type. Memories whose lives do not meet share
 * a place. Throws `compile/workgroup-memory` when the pools need more than the device has, naming who uses them.
 */
export function planWorkgroupMemory(kernel: ThreadKernel, target: Target): ThreadKernel {
  if (!kernel.asserts && !kernel.memories.some((memory) => memory.space === "workgroup")) return kernel;
  const lives = findLives(kernel.body);
  const placed: Memory[] = [];
  const memories = kernel.memories.map((memory) => {
    if (memory.space !== "workgroup" || memory.length === 0) return memory;
    const result = { ...memory, offset: firstGap(memory, placed, lives) };
    placed.push(result);
    return result;
  });
  const planned = { ...kernel, memories };
  const bytes = workgroupBytes(planned);
  if (bytes > target.workgroupBytes) throw tooMuch(planned, bytes, target);
  return planned;
}

/** Where the threads of a program with asserts agree which failed first. */
const concludeBytes = 8;

/** Bytes of workgroup memory of a planned kernel: the pools, 4 for each variable, and what asserts need. */
export function workgroupBytes(kernel: ThreadKernel): number {
  const pools = poolTypes.map((type) => 4 * type.width * poolLength(kernel, type));
  const single = kernel.memories.filter(
    (memory) => memory.space === "workgroup" && memory.length === 0,
  ).length;
  return pools.reduce((sum, bytes) => sum + bytes, 4 * single + (kernel.asserts ? concludeBytes : 0));
}

/** There is one pool for each type of what lies in workgroup memory. */
export const poolTypes: readonly ThreadType[] = ([1, 4] as const).flatMap((width) =>
  (["f32", "i32", "u32", "bool"] as const).map((scalar) => ({ scalar, width })),
);

export function samePool(a: ThreadType, b: ThreadType): boolean {
  return a.scalar === b.scalar && a.width === b.width;
}

/** Elements of the pool of one type. */
export function poolLength(kernel: ThreadKernel, type: ThreadType): number {
  const ends = kernel.memories
    .filter((memory) => memory.space === "workgroup" && samePool(memory.type, type))
    .map((memory) => (memory.offset ?? 0) + memory.length);
  return Math.max(0, ...ends);
}

function bytesOf({ type, length }: Memory): number {
  return 4 * type.width * length;
}

function firstGap(memory: Memory, placed: readonly Memory[], lives: ReadonlyMap<string, Life>): number {
  const rivals = placed
    .filter(
      (other) => samePool(other.type, memory.type) && meet(lives.get(other.name), lives.get(memory.name)),
    )
    .toSorted((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
  let offset = 0;
  for (const rival of rivals) {
    const start = rival.offset ?? 0;
    if (offset + memory.length <= start) break;
    offset = Math.max(offset, start + rival.length);
  }
  return offset;
}

function meet(a: Life | undefined, b: Life | undefined): boolean {
  return a !== undefined && b !== undefined && a.from <= b.to && b.from <= a.to;
}

/**
 * A memory that is touched both outside and inside a loop lives through the whole loop. One that is touched in a branch
 * that some threads skip lives through all of the branch: no barrier stands inside, so its threads may be anywhere in it.
 */
function findLives(body: readonly Statement[]): ReadonlyMap<string, Life> {
  const lives = new Map<string, Life>();
  let clock = 0;
  const touch = (name: string, life: Life): void => {
    const known = lives.get(name) ?? life;
    lives.set(name, { from: Math.min(known.from, life.from), to: Math.max(known.to, life.to) });
  };
  const visit = (block: readonly Statement[]): void => {
    for (const statement of block) {
      clock += 1;
      const start = clock;
      for (const name of touchedBy(statement)) touch(name, { from: clock, to: clock });
      for (const inner of blocksOfStatement(statement)) visit(inner);
      if (statement.kind === "if" && !statement.uniform)
        for (const name of touchedWithin(statement)) touch(name, { from: start, to: clock });
      if (statement.kind !== "for") continue;
      for (const [name, life] of lives)
        if (life.from < start && life.to >= start) touch(name, { from: life.from, to: clock });
    }
  };
  visit(body);
  return lives;
}

function touchedWithin(statement: Statement): ReadonlySet<string> {
  const inner = blocksOfStatement(statement).flat();
  return new Set([...touchedBy(statement), ...inner.flatMap((item) => [...touchedWithin(item)])]);
}

function touchedBy(statement: Statement): ReadonlySet<string> {
  const names = new Set<string>();
  if (statement.kind === "set") names.add(statement.memory);
  for (const root of expressionsOf(statement))
    walkExpr(root, (expr) => {
      if (expr.kind === "read") names.add(expr.memory);
    });
  return names;
}

function tooMuch(kernel: ThreadKernel, bytes: number, target: Target): Fault {
  const users = kernel.memories
    .filter((memory) => memory.space === "workgroup" && memory.length > 0)
    .toSorted((a, b) => bytesOf(b) - bytesOf(a));
  const list = users
    .slice(0, 4)
    .map((memory) => `${memory.purpose ?? memory.name} (${bytesOf(memory)} bytes)`);
  return new Fault(
    "compile/workgroup-memory",
    `${kernel.name} needs ${bytes} bytes of workgroup memory; this device has ${target.workgroupBytes}: ${list.join(", ")}`,
    { span: users[0]?.span ?? kernel.span, hint: "use smaller tiles, or a tile with at least 32 rows" },
  );
}
