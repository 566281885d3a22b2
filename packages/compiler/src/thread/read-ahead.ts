import type { Expr, Memory, Statement, ThreadKernel, ThreadType } from "./ir.ts";
import { mapStatement, rewriteExpr, walkExpr, walkStatements } from "./walk.ts";

type Loop = Extract<Statement, { kind: "for" }>;
type Let = Extract<Statement, { kind: "let" }>;

/** A loop that reads more elements than this has no registers for those of another turn. */
const mostReads = 64;

/**
 * In loops, what a turn reads of buffers that nobody writes is read a turn before, so that it is there when it is needed. The
 * last turn reads its own elements once more. Only in kernels that ask for it (`ahead`).
 */
export function readAhead(kernel: ThreadKernel): ThreadKernel {
  if (kernel.ahead !== true) return kernel;
  const constant = new Set(kernel.memories.filter(({ space }) => space === "read").map(({ name }) => name));
  const memories: Memory[] = [];
  const inBlock = (block: readonly Statement[]): readonly Statement[] =>
    block.flatMap((statement) => {
      const inner = mapStatement(statement, { block: inBlock });
      return inner.kind === "for" ? turnEarlier(inner, constant, memories) : [inner];
    });
  const body = inBlock(kernel.body);
  return { ...kernel, body, memories: [...kernel.memories, ...memories] };
}

/** The loop, after what its first turn reads. */
function turnEarlier(loop: Loop, constant: ReadonlySet<string>, memories: Memory[]): readonly Statement[] {
  const places = new Places(loop);
  const reads = loop.body.filter(
    (statement): statement is Let => statement.kind === "let" && isRead(statement.value, constant),
  );
  const known = reads.filter(({ value }) => indexOf(value).every((index) => places.isKnown(index)));
  const { index, from, to, step, body, span } = loop;
  if (known.length === 0 || known.length > mostReads || !places.isKnown(to)) return [loop];
  for (const { name, value } of known)
    memories.push({ name: kept(name), space: "function", type: value.type, length: 0 });
  const following: Expr = { kind: "binary", type: i32, op: "add", left: nameOf(index), right: int(step) };
  const goesOn: Expr = { kind: "binary", type: bool, op: "lt", left: following, right: to };
  const next: Expr = { kind: "select", type: i32, condition: goesOn, yes: following, no: nameOf(index) };
  const now = known.map((read): Let => {
    const value: Expr = { kind: "read", type: read.value.type, memory: kept(read.name) };
    return { ...read, value };
  });
  const others = body.filter((statement) => !known.some((read) => read === statement));
  const origin = span === undefined ? {} : { span };
  return [
    { kind: "let", name: `${index}_first`, value: from, ...origin },
    ...places.readAt(known, "first"),
    {
      ...loop,
      body: [
        ...now,
        { kind: "let", name: `${index}_next`, value: next, ...origin },
        ...places.readAt(known, "next"),
        ...others,
      ],
    },
  ];
}

/** Where a turn of a loop reads, as far as that is known from its number alone. */
class Places {
  readonly #loop: Loop;
  /** The lets of the body itself, in their order. */
  readonly #lets: ReadonlyMap<string, Let>;
  /** All names that are bound in the body. */
  readonly #bound: ReadonlySet<string>;
  readonly #known = new Map<string, boolean>();

  constructor(loop: Loop) {
    this.#loop = loop;
    this.#lets = new Map(
      loop.body.flatMap((statement) => (statement.kind === "let" ? [[statement.name, statement]] : [])),
    );
    const bound = new Set<string>();
    walkStatements(loop.body, (statement) => {
      if ("name" in statement) bound.add(statement.name);
      if (statement.kind === "for") bound.add(statement.index);
    });
    this.#bound = bound;
  }

  /** It depends on nothing that the turn reads or that changes but by its number. */
  isKnown(expr: Expr): boolean {
    let known = true;
    walkExpr(expr, (part) => {
      if (part.kind === "name") known &&= this.#isKnownName(part.name);
      else if (part.kind === "read" || part.kind === "word") known = false;
      else if (part.kind === "broadcast" || part.kind === "shuffle") known = false;
    });
    return known;
  }

  /** The reads of another turn, into their registers: `turn` is where the names of its numbers end. */
  readAt(reads: readonly Let[], turn: "first" | "next"): readonly Statement[] {
    const wanted = this.#needed(reads);
    const there = (expr: Expr): Expr =>
      rewriteExpr(expr, (part) =>
        part.kind === "name" && (part.name === this.#loop.index || wanted.has(part.name))
          ? { ...part, name: `${part.name}_${turn}` }
          : part,
      );
    const numbers = Array.from(this.#lets.values()).filter(({ name }) => wanted.has(name));
    return [
      ...numbers.map((one): Let => ({ ...one, name: `${one.name}_${turn}`, value: there(one.value) })),
      ...reads.map(({ name, value, span }): Statement => {
        const origin = span === undefined ? {} : { span };
        return { kind: "set", memory: kept(name), value: there(value), ...origin };
      }),
    ];
  }

  /** The lets that say where these read. */
  #needed(reads: readonly Let[]): ReadonlySet<string> {
    const needed = new Set<string>();
    const note = (expr: Expr): void =>
      walkExpr(expr, (part) => {
        const found = part.kind === "name" ? this.#lets.get(part.name) : undefined;
        if (found === undefined || needed.has(found.name)) return;
        needed.add(found.name);
        note(found.value);
      });
    for (const { value } of reads) for (const index of indexOf(value)) note(index);
    return needed;
  }

  #isKnownName(name: string): boolean {
    const before = this.#known.get(name);
    if (before !== undefined) return before;
    const found = this.#lets.get(name);
    const known = found === undefined ? !this.#bound.has(name) : this.isKnown(found.value);
    this.#known.set(name, known);
    return known;
  }
}

function isRead(value: Expr, constant: ReadonlySet<string>): boolean {
  return (value.kind === "read" || value.kind === "word") && constant.has(value.memory);
}

function indexOf(value: Expr): readonly Expr[] {
  return (value.kind === "read" || value.kind === "word") && value.index !== undefined ? [value.index] : [];
}

/** Names that lowering makes end in a number, so this is none of them. */
function kept(name: string): string {
  return `${name}_ahead`;
}

const i32: ThreadType = { scalar: "i32", width: 1 };
const bool: ThreadType = { scalar: "bool", width: 1 };

function nameOf(name: string): Expr {
  return { kind: "name", type: i32, name };
}

function int(value: number): Expr {
  return { kind: "const", type: i32, value };
}
