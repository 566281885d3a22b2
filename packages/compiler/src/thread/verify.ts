import { Fault } from "@tilebook/base";
import { compareNames, isPacked } from "@tilebook/ir";
import { specials } from "../wgsl/legalise.ts";
import {
  computedAs,
  type Expr,
  type Memory,
  type Statement,
  type ThreadKernel,
  type ThreadType,
} from "./ir.ts";
import { showExpr } from "./print.ts";
import { expressionsOf, operandsOf } from "./walk.ts";

/**
 * What holds of Thread IR before and after every pass:
 *
 *   V1  a name is bound once, before all that read it, in the same block or one around it
 *   V2  a memory is declared once; an array is indexed by an i32, a variable is not
 *   V3  operands have the types that their op takes, and a statement's values those of where they go
 *
 * Throws `compile/invalid`: a mistake of the compiler, never of a user.
 */
export function verifyThreads(kernel: ThreadKernel): void {
  new Verifier(kernel).run();
}

const scalarType = (scalar: ThreadType["scalar"]): ThreadType => ({ scalar, width: 1 });

/** Names that the printer binds before the body. */
const builtins: readonly (readonly [string, ThreadType])[] = [
  ...["tid", "lane", "program_x", "program_y", "program_z", "programs_x", "programs_y", "programs_z"].map(
    (name) => [name, scalarType("i32")] as const,
  ),
  ...specials.map(({ name }) => [name, scalarType("f32")] as const),
];

type Names = ReadonlyMap<string, ThreadType>;

class Verifier {
  readonly #kernel: ThreadKernel;
  readonly #memories = new Map<string, Memory>();
  readonly #bound = new Set<string>();

  constructor(kernel: ThreadKernel) {
    this.#kernel = kernel;
  }

  run(): void {
    const { memories, uniforms, body } = this.#kernel;
    for (const memory of memories) {
      if (this.#memories.has(memory.name)) throw invalid("V2", `${memory.name} is declared twice`);
      this.#memories.set(memory.name, memory);
    }
    const given = uniforms.map(({ name, dtype }) => [name, scalarType(computedAs[dtype])] as const);
    this.#block(body, new Map([...builtins, ...given]));
  }

  #block(block: readonly Statement[], around: Names): void {
    const names = new Map(around);
    for (const statement of block) this.#statement(statement, names);
  }

  #statement(statement: Statement, names: Map<string, ThreadType>): void {
    for (const root of expressionsOf(statement)) this.#expr(root, names);
    switch (statement.kind) {
      case "let":
        return this.#bind(statement.name, statement.value.type, names);
      case "set": {
        const memory = this.#access(statement.memory, statement.index);
        return expectType(statement.value, memory.type, `what goes into ${memory.name}`);
      }
      case "for": {
        expectType(statement.from, scalarType("i32"), "the start of a loop");
        expectType(statement.to, scalarType("i32"), "the bound of a loop");
        const inner = new Map(names);
        this.#bind(statement.index, scalarType("i32"), inner);
        return this.#block(statement.body, inner);
      }
      case "if":
        expectType(statement.condition, scalarType("bool"), "a condition");
        this.#block(statement.whenTrue, names);
        return this.#block(statement.whenFalse, names);
      case "leaveUnless":
        return expectType(statement.condition, scalarType("bool"), "a condition");
      case "atomic": {
        const { type } = this.#access(statement.memory, statement.index);
        expectType(statement.value, type, `what changes ${statement.memory}`);
        if (statement.compare !== undefined) expectType(statement.compare, type, "what is expected");
        return this.#bind(statement.name, type, names);
      }
      case "agree":
        return this.#bind(statement.name, this.#access(statement.memory, undefined).type, names);
      case "message":
        expectType(statement.bits, scalarType("u32"), "the bits of a message");
        for (const part of [statement.moment, statement.visit, statement.place])
          expectType(part, scalarType("i32"), "a number of a message");
        return undefined;
      case "fail":
        for (const part of [statement.moment, statement.place])
          expectType(part, scalarType("i32"), "a number of a failure");
        return undefined;
      case "barrier":
      case "conclude":
        return undefined;
    }
  }

  #bind(name: string, type: ThreadType, names: Map<string, ThreadType>): void {
    if (this.#bound.has(name) || names.has(name)) throw invalid("V1", `${name} is bound twice`);
    this.#bound.add(name);
    names.set(name, type);
  }

  #access(name: string, index: Expr | undefined): Memory {
    const memory = this.#memories.get(name);
    if (memory === undefined) throw invalid("V2", `there is no memory ${name}`);
    const isArray = memory.length > 0 || memory.space === "read" || memory.space === "readwrite";
    if (isArray !== (index !== undefined))
      throw invalid("V2", `${name} is ${isArray ? "an array" : "no array"}`);
    if (index !== undefined) expectType(index, scalarType("i32"), `the place in ${name}`);
    return memory;
  }

  #word(expr: Extract<Expr, { kind: "word" }>): void {
    const { dtype = "f32", space } = this.#access(expr.memory, expr.index);
    if (!isPacked(dtype) || space !== "read") throw invalid("V2", `${expr.memory} has no words to read`);
    expectType(expr, scalarType("u32"), "a word");
  }

  #expr(expr: Expr, names: Names): void {
    for (const operand of operandsOf(expr)) this.#expr(operand, names);
    if (expr.kind === "name") {
      const type = names.get(expr.name);
      if (type === undefined) throw invalid("V1", `${expr.name} is not bound here`);
      return expectType(expr, type, "a name");
    }
    if (expr.kind === "word") return this.#word(expr);
    if (expr.kind === "read") return expectType(expr, this.#access(expr.memory, expr.index).type, "a read");
    const wrong = wrongTypes(expr);
    if (wrong !== undefined) throw invalid("V3", `${wrong}: ${showExpr(expr)}`);
  }
}

function expectType(expr: Expr, type: ThreadType, what: string): void {
  if (sameType(expr.type, type)) return;
  throw invalid("V3", `${what} is ${spell(type)}, not ${spell(expr.type)}: ${showExpr(expr)}`);
}

/** What is wrong with the types of an op's operands, if anything is. */
function wrongTypes(expr: Exclude<Expr, { kind: "name" | "read" | "word" }>): string | undefined {
  const { type } = expr;
  const wide = (input: Expr): boolean => input.type.width === type.width;
  switch (expr.kind) {
    case "const":
      return type.width === 1 ? undefined : "a constant is one number";
    case "unary":
    case "broadcast":
    case "shuffle":
      return sameType(expr.input.type, type) ? undefined : "an op keeps its type";
    case "binary": {
      const { left, right } = expr;
      if (!sameType(left.type, right.type)) return "both sides have one type";
      const scalar = comparing.has(expr.op) ? "bool" : left.type.scalar;
      return sameType(type, { ...left.type, scalar }) ? undefined : "an op keeps its type";
    }
    case "select": {
      const { condition, yes, no } = expr;
      const fits = sameType(yes.type, type) && sameType(no.type, type) && wide(condition);
      return fits && condition.type.scalar === "bool" ? undefined : "a choice is between two of its type";
    }
    case "convert":
      return wide(expr.input) ? undefined : "a conversion keeps the width";
    case "bitcast": {
      const isBool = expr.input.type.scalar === "bool" || type.scalar === "bool";
      return wide(expr.input) && !isBool ? undefined : "bits are those of a number";
    }
    case "dotBytes": {
      const words = [expr.left, expr.right].every((side) => sameType(side.type, scalarType("u32")));
      return words && sameType(type, scalarType("i32")) ? undefined : "two words give an i32";
    }
    case "half":
      return sameType(expr.input.type, type) && type.scalar === "f32" ? undefined : "a half is an f32";
    case "splat":
      return expr.input.type.width === 1 && expr.input.type.scalar === type.scalar && type.width === 4
        ? undefined
        : "one number goes into four lanes";
    case "pack": {
      const parts = expr.parts.every((part) => sameType(part.type, { scalar: type.scalar, width: 1 }));
      return parts && expr.parts.length === 4 && type.width === 4 ? undefined : "four numbers make a vector";
    }
    case "matrix": {
      const columns = expr.parts.every((part) => sameType(part.type, { scalar: "f32", width: 4 }));
      const fits = sameType(type, { scalar: "f32", width: 4, columns: 4 });
      return columns && expr.parts.length === 4 && fits ? undefined : "four vectors make a matrix";
    }
    case "transform": {
      const vector: ThreadType = { scalar: "f32", width: 4 };
      const fits = sameType(expr.matrix.type, { ...vector, columns: 4 }) && sameType(expr.input.type, vector);
      return fits && sameType(type, vector) ? undefined : "a matrix takes a vector and gives one";
    }
    case "lane": {
      const { input, index } = expr;
      const fits = input.type.width === 4 && input.type.scalar === type.scalar && type.width === 1;
      return fits && sameType(index.type, scalarType("i32")) ? undefined : "a lane is one number of a vector";
    }
  }
}

const comparing: ReadonlySet<string> = new Set(compareNames);

function sameType(a: ThreadType, b: ThreadType): boolean {
  return a.scalar === b.scalar && a.width === b.width && a.columns === b.columns;
}

function spell({ scalar, width, columns }: ThreadType): string {
  const vector = width === 1 ? scalar : `${scalar}x4`;
  return columns === undefined ? vector : `${vector}x4`;
}

function invalid(rule: string, what: string): Fault {
  return new Fault("compile/invalid", `${rule}: ${what}`);
}
