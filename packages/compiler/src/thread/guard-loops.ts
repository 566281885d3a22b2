import type { Origin } from "@tilebook/base";
import type { Target } from "../program.ts";
import type { Expr, Memory, Statement, ThreadKernel } from "./ir.ts";
import { turnsAtMost } from "./turns-at-most.ts";
import { mapStatement } from "./walk.ts";

/**
 * For devices that end loops by themselves (`Target.loopTurns`): after each loop thread 0 looks whether it came to its end,
 * and if not fails, as by an assert. Software GPUs cut all loops of a thread after so many turns together, and would leave
 * wrong numbers without a word. A kernel whose loops are known to be shorter stays as it is,
 * and so does, unwatched, one that already binds all buffers of the device: there is no room left to tell.
 */
export function guardLoops(kernel: ThreadKernel, target: Target): ThreadKernel {
  const { loopTurns } = target;
  if (loopTurns === undefined || turnsAtMost(kernel) <= loopTurns) return kernel;
  const buffers = kernel.memories.filter(({ space }) => space === "read" || space === "readwrite").length;
  if (buffers + 1 > target.storageBuffers) return kernel;
  const guard = new Guard(kernel);
  const body = guard.block(kernel.body);
  return {
    ...kernel,
    memories: [...kernel.memories, ...guard.memories],
    cuts: guard.cuts,
    speaks: true,
    asserts: true,
    body: kernel.asserts ? body : [...body, { kind: "conclude" }],
  };
}

const i32 = { scalar: "i32", width: 1 } as const;
const bool = { scalar: "bool", width: 1 } as const;
/** Where a loop is that has been left early: at no turn that is missing. */
const done = 2 ** 31 - 1;

type Loop = Extract<Statement, { kind: "for" }>;

class Guard {
  readonly memories: Memory[] = [];
  readonly cuts: (Origin | undefined)[] = [];
  readonly #kernel: ThreadKernel;
  /** Prints and asserts that come before this place in the text. */
  #sites = 0;

  constructor(kernel: ThreadKernel) {
    this.#kernel = kernel;
  }

  block(block: readonly Statement[]): readonly Statement[] {
    return block.flatMap((statement) => {
      if (statement.kind === "message" || statement.kind === "fail") this.#sites = statement.site + 1;
      if (statement.kind === "for") return this.#loop(statement);
      return [mapStatement(statement, { block: (inner) => this.block(inner) })];
    });
  }

  /** A variable says at which index the next turn would be: one before the bound is missing. */
  #loop(loop: Loop): readonly Statement[] {
    const name = `next_${loop.index}`;
    const next: Expr = { kind: "read", type: i32, memory: name };
    const set = (value: Expr): Statement => ({ kind: "set", memory: name, value, ...spanOf(loop) });
    const index: Expr = { kind: "name", type: i32, name: loop.index };
    this.memories.push({ name, space: "function", type: i32, length: 0 });
    const cut = this.cuts.push(loop.span) - 1;
    const body = this.block(loop.body).flatMap((statement): readonly Statement[] => {
      if (statement.kind !== "leaveUnless") return [statement];
      const { condition } = statement;
      const left: Expr = { kind: "select", type: i32, condition, yes: next, no: constant(done) };
      return [set(left), statement];
    });
    const missing = both(
      binary("eq", { kind: "name", type: i32, name: "tid" }, constant(0)),
      binary("lt", next, loop.to),
    );
    const failure: Statement = {
      kind: "fail",
      site: this.#kernel.sites + cut,
      moment: this.#moment(),
      place: constant(0),
      ...spanOf(loop),
    };
    const step = binary("add", index, constant(loop.step), i32);
    return [
      set(loop.from),
      { ...loop, body: [set(step), ...body] },
      { kind: "if", condition: missing, uniform: false, whenTrue: [failure], whenFalse: [], ...spanOf(loop) },
    ];
  }

  /** As many prints and asserts as the program has come to. The variable that counts them goes when nobody asks. */
  #moment(): Expr {
    const { moments, memories } = this.#kernel;
    const counted = memories.find((memory) => memory.name === moments);
    if (counted === undefined) return constant(this.#sites);
    return { kind: "read", type: i32, memory: counted.name };
  }
}

function constant(value: number): Expr {
  return { kind: "const", type: i32, value };
}

function binary(op: "eq" | "lt" | "add", left: Expr, right: Expr, type: Expr["type"] = bool): Expr {
  return { kind: "binary", type, op, left, right };
}

function both(left: Expr, right: Expr): Expr {
  return { kind: "binary", type: bool, op: "and", left, right };
}

function spanOf({ span }: Statement): { readonly span?: Origin } {
  return span === undefined ? {} : { span };
}
