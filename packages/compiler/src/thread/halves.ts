import type { BinaryName } from "@tilebook/ir";
import { dtypeInfo } from "@tilebook/ir";
import { exactOnHalves } from "./exact-on-halves.ts";
import { constantOf } from "./simplify.ts";
import type { Expr, Statement, ThreadKernel } from "./ir.ts";
import { expressionsOf, walkExpr, walkStatements } from "./walk.ts";

/** Which f32 values of a kernel are halves, whichever way they are held, and which of them are better held as halves. */
export interface Halves {
  /** True when the value is always a binary16 number. */
  readonly isHalf: (expr: Expr) => boolean;
  /** What of a `half` is one sum, difference or product of halves: the device's own op rounds it as `half` does. */
  readonly nativeOf: (expr: Expr) => NativeOp | undefined;
  /** Names and memories of halves that are computed with, or stored, as halves. */
  readonly wanted: ReadonlySet<string>;
}

export type NativeOp = Extract<Expr, { kind: "binary" }>;

/**
 * Ops that are rounded to the nearest half, or one of its neighbours, by every device. WGSL lets a quotient be off by 2.5
 * units in the last place, and a root by 2: taken in f32 and rounded, both are nearer than that.
 */
const native: ReadonlySet<BinaryName> = new Set(["add", "sub", "mul"] as const);

/** `wide` are exact ops that are taken in f32. */
export function findHalves(kernel: ThreadKernel, wide: ReadonlySet<string>): Halves {
  const found = new Finder(kernel);
  return {
    isHalf: (expr) => found.isHalf(expr),
    nativeOf: (expr) => found.nativeOf(expr),
    wanted: wantedHalves(kernel, found, wide),
  };
}

/** Finds what is a half: of memories it takes it for granted, until something else goes into them. */
class Finder {
  readonly #definitions = new Map<string, Expr>();
  readonly #names = new Set<string>();
  readonly #memories: Set<string>;
  /** Buffers of f16 hold nothing else. */
  readonly #buffers: ReadonlySet<string>;

  constructor({ memories, body }: ThreadKernel) {
    const own = memories.filter(({ space, type }) => space === "function" && type.scalar === "f32");
    this.#memories = new Set(own.map(({ name }) => name));
    this.#buffers = new Set(memories.filter(({ dtype }) => dtype === "f16").map(({ name }) => name));
    for (let before = -1; before !== this.#memories.size;) {
      before = this.#memories.size;
      this.#names.clear();
      walkStatements(body, (statement) => this.#note(statement));
    }
  }

  isHalf(expr: Expr): boolean {
    if (expr.type.scalar !== "f32") return false;
    if (expr.kind === "half") return true;
    if (expr.kind === "const") return Object.is(dtypeInfo.f16.round(expr.value), expr.value);
    if (expr.kind === "name") return this.#names.has(expr.name);
    if (expr.kind === "read") return this.#buffers.has(expr.memory) || this.#memories.has(expr.memory);
    if (expr.kind === "convert") return expr.input.type.scalar === "bool";
    const operands = exactOperands(expr);
    return operands.length > 0 && operands.every((operand) => this.isHalf(operand));
  }

  nativeOf(expr: Expr): NativeOp | undefined {
    if (expr.kind !== "half") return undefined;
    const { input } = expr;
    const op = input.kind === "name" ? this.#definitions.get(input.name) : input;
    if (op?.kind !== "binary" || !native.has(op.op)) return undefined;
    const sides = [op.left, op.right];
    const fits = sides.every((side) => this.isHalf(side) && !reads(side));
    return fits && sides.some((side) => constantOf(side) === undefined) ? op : undefined;
  }

  #note(statement: Statement): void {
    if (statement.kind === "let") {
      this.#definitions.set(statement.name, statement.value);
      if (this.isHalf(statement.value)) this.#names.add(statement.name);
    }
    if (statement.kind === "set" && !this.isHalf(statement.value)) this.#memories.delete(statement.memory);
  }
}

/** What is read where an op stands may be something else where its rounding stands. */
function reads(root: Expr): boolean {
  let found = false;
  walkExpr(root, ({ kind }) => {
    found ||= kind === "read";
  });
  return found;
}

/** From ops and stores of halves back to where their operands come from. */
function wantedHalves(
  { memories, body }: ThreadKernel,
  found: Finder,
  wide: ReadonlySet<string>,
): ReadonlySet<string> {
  const wanted = new Set(memories.filter(({ dtype }) => dtype === "f16").map(({ name }) => name));
  const want = (expr: Expr): void => {
    if (!found.isHalf(expr) || (expr.kind === "binary" && wide.has(expr.op))) return;
    if (expr.kind === "name") wanted.add(expr.name);
    if (expr.kind === "read") wanted.add(expr.memory);
    for (const operand of exactOperands(expr)) want(operand);
  };
  for (let before = -1; before !== wanted.size;) {
    before = wanted.size;
    walkStatements(body, (statement) => {
      const into =
        statement.kind === "let" ? statement.name : statement.kind === "set" ? statement.memory : undefined;
      if (into !== undefined && wanted.has(into))
        for (const root of expressionsOf(statement).slice(-1)) want(root);
      for (const root of expressionsOf(statement))
        walkExpr(root, (expr) => {
          const op = found.nativeOf(expr);
          if (op === undefined) return;
          want(op.left);
          want(op.right);
        });
    });
  }
  return wanted;
}

/** What an op makes a half of without rounding, when these are halves. */
export function exactOperands(expr: Expr): readonly Expr[] {
  if (expr.kind === "pack") return expr.parts;
  if (expr.kind === "select") return [expr.yes, expr.no];
  if (expr.kind === "splat" || expr.kind === "lane") return [expr.input];
  if (expr.kind === "unary" && exactOnHalves.has(expr.op)) return [expr.input];
  return expr.kind === "binary" && exactOnHalves.has(expr.op) ? [expr.left, expr.right] : [];
}
