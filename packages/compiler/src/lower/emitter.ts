import { Fault, type Span } from "@tilebook/base";
import { type AtomicName, castValue, compareNames, type UnaryName } from "@tilebook/ir";
import type { Expr, Memory, Scalar, Statement, ThreadBinary } from "../thread/ir.ts";
import { divisorOf } from "../thread/divide.ts";
import {
  constant,
  constantLanes,
  constantLike,
  constantOf,
  foldBinary,
  foldBitcast,
  foldUnary,
  same,
} from "../thread/simplify.ts";
import { walkExpr } from "../thread/walk.ts";

/** Since when a memory holds what it holds: the depth of that block, and a count of its changes. */
export interface Moment {
  readonly depth: number;
  readonly version: number;
}

interface Scope {
  readonly statements: Statement[];
  readonly known: Map<string, Expr>;
  /** Nothing moves out of a branch: it may not be taken. */
  readonly branch: boolean;
}

interface NameFacts {
  readonly depth: number;
  readonly uniform: boolean;
  /** A power of two that divides it, for whole numbers. */
  readonly divisor: number;
  readonly definition?: Expr;
}

type WithoutSpan<T> = T extends unknown ? Omit<T, "span"> : never;

/**
 * Writes Thread IR. Every operation becomes a `let` in the outermost block where all it reads is known, and the
 * same operation is written once: so common subexpressions and loop-invariant code need no pass of their own.
 * Reads of memory say since when the memory has held its value and move no further out than that.
 */
export class Emitter {
  /** The piece of source that statements written now come from. */
  span: Span | undefined;
  /** What the values computed now are called. */
  hint: string = "v";
  /** Some expression is a broadcast or a shuffle. */
  usesSubgroups = false;
  readonly #scopes: Scope[] = [{ statements: [], known: new Map(), branch: false }];
  readonly #names = new Map<string, NameFacts>();
  readonly #memories = new Map<string, Memory>();
  readonly #clean = new Map<string, string>();
  #count = 0;

  /** How deep the block being written is nested; 0 is the kernel's body. */
  get depth(): number {
    return this.#scopes.length - 1;
  }

  get memories(): readonly Memory[] {
    return Array.from(this.#memories.values());
  }

  get body(): readonly Statement[] {
    return this.#scope(0).statements;
  }

  /** A name that no other has. The number keeps it apart from reserved words, too. */
  fresh(label: string): string {
    this.#count += 1;
    let clean = this.#clean.get(label);
    if (clean === undefined) {
      clean = cleanName(label);
      this.#clean.set(label, clean);
    }
    return `${clean}_${this.#count}`;
  }

  /** A name that is bound outside of what is written here. */
  outer(name: string, scalar: Scalar, uniform: boolean, divisor: number = 1): Expr {
    this.#names.set(name, { depth: 0, uniform, divisor });
    return { kind: "name", type: { scalar, width: 1 }, name };
  }

  declare(memory: Memory): Memory {
    const named = memory.space === "function" || memory.space === "workgroup";
    const result = named ? { ...memory, name: this.fresh(memory.name) } : memory;
    this.#memories.set(result.name, result);
    return result;
  }

  /** True when WGSL's uniformity analysis can see that all threads of the workgroup agree on the value. */
  isUniform(expr: Expr): boolean {
    let uniform = true;
    walkExpr(expr, (part) => {
      if (part.kind === "name") uniform &&= this.#names.get(part.name)?.uniform ?? false;
      if (part.kind === "read") uniform &&= this.#memories.get(part.memory)?.space === "read";
      if (part.kind === "broadcast" || part.kind === "shuffle") uniform = false;
    });
    return uniform;
  }

  /** Records that a name's value is uniform, from knowledge that is not in its definition. */
  assumeUniform(expr: Expr): void {
    const facts = expr.kind === "name" ? this.#names.get(expr.name) : undefined;
    if (expr.kind === "name" && facts !== undefined) this.#names.set(expr.name, { ...facts, uniform: true });
  }

  /** A power of two that is known to divide a whole number. */
  divisorOf(expr: Expr): number {
    return divisorOf(expr, (name) => this.#names.get(name)?.divisor ?? 1);
  }

  /** What a name stands for, where that is known. */
  definitionOf(expr: Expr): Expr | undefined {
    return expr.kind === "name" ? this.#names.get(expr.name)?.definition : undefined;
  }

  int(value: number): Expr {
    return constant("i32", value);
  }

  unary(op: UnaryName, input: Expr): Expr {
    const folded = foldUnary(op, input.type, input);
    return folded ?? this.#bind({ kind: "unary", type: input.type, op, input });
  }

  binary(op: ThreadBinary, a: Expr, b: Expr): Expr {
    const [left, right] = this.#equalWidths(a, b);
    const scalar = comparing.has(op) ? "bool" : left.type.scalar;
    const expr = { kind: "binary" as const, type: { scalar, width: left.type.width }, op, left, right };
    const folded = foldBinary(expr, this.#define);
    if (folded === undefined) return this.#bind(expr);
    if (folded.kind === "pack") return this.pack(folded.parts);
    return folded.kind === "binary" ? this.#rebuild(folded) : folded;
  }

  select(condition: Expr, yes: Expr, no: Expr): Expr {
    const width = Math.max(condition.type.width, yes.type.width, no.type.width) === 4 ? 4 : 1;
    const known = constantOf(condition);
    if (known !== undefined) return this.#widen(known === 0 ? no : yes, width);
    if (same(yes, no)) return yes;
    const [mask, whenTrue, whenFalse] = [condition, yes, no].map((part) => this.#widen(part, width));
    if (mask === undefined || whenTrue === undefined || whenFalse === undefined) return yes;
    return this.#bind({ kind: "select", type: whenTrue.type, condition: mask, yes: whenTrue, no: whenFalse });
  }

  convert(input: Expr, scalar: Scalar): Expr {
    if (input.type.scalar === scalar) return input;
    const value = constantOf(input);
    const type = { ...input.type, scalar };
    if (value !== undefined && Number.isFinite(value))
      return constantLike(type, castValue(value, input.type.scalar, scalar));
    return this.#bind({ kind: "convert", type, input });
  }

  bitcast(input: Expr, scalar: Scalar): Expr {
    if (input.type.scalar === scalar) return input;
    const type = { ...input.type, scalar };
    return foldBitcast(scalar, input) ?? this.#bind({ kind: "bitcast", type, input });
  }

  half(input: Expr): Expr {
    return this.#bind({ kind: "half", type: input.type, input });
  }

  /** What the thread with this number in the subgroup has. */
  broadcast(input: Expr, from: number): Expr {
    this.usesSubgroups = true;
    return this.#bind({ kind: "broadcast", type: input.type, input, from });
  }

  /** What the thread has whose number in the subgroup differs from one's own in this bit. */
  shuffle(input: Expr, bit: number): Expr {
    this.usesSubgroups = true;
    return this.#bind({ kind: "shuffle", type: input.type, input, bit });
  }

  splat(input: Expr): Expr {
    return this.#widen(input, 4);
  }

  pack(parts: readonly Expr[]): Expr {
    const [first] = parts;
    if (first === undefined || parts.length !== 4)
      throw new Fault("internal/pack", "a vector has four lanes");
    if (parts.every((part) => same(part, first))) return this.splat(first);
    return this.#bind({ kind: "pack", type: { scalar: first.type.scalar, width: 4 }, parts });
  }

  /** Four f32 vectors as the columns of a matrix. */
  matrix(parts: readonly Expr[]): Expr {
    return this.#bind({ kind: "matrix", type: { scalar: "f32", width: 4, columns: 4 }, parts });
  }

  /** The columns of a matrix times the lanes of a vector, added up. */
  transform(matrix: Expr, input: Expr): Expr {
    return this.#bind({ kind: "transform", type: { scalar: "f32", width: 4 }, matrix, input });
  }

  lane(input: Expr, index: Expr | number): Expr {
    const at = typeof index === "number" ? this.int(index) : index;
    if (input.type.width === 1) return input;
    const source = input.kind === "name" ? (this.#names.get(input.name)?.definition ?? input) : input;
    if (source.kind === "splat") return source.input;
    const known = constantOf(at);
    const part = source.kind === "pack" && known !== undefined ? source.parts[known] : undefined;
    return part ?? this.#bind({ kind: "lane", type: { ...input.type, width: 1 }, input, index: at });
  }

  /** The value of a memory's element, unchanged since `since`. */
  read(memory: Memory, index: Expr | undefined, since: Moment): Expr {
    const expr: Expr = {
      kind: "read",
      type: memory.type,
      memory: memory.name,
      ...(index === undefined ? {} : { index }),
    };
    return this.#bind(expr, since);
  }

  /** A word of a buffer of packed whole numbers that is only read. */
  word(memory: Memory, index: Expr): Expr {
    return this.#bind({ kind: "word", type: { scalar: "u32", width: 1 }, memory: memory.name, index });
  }

  /** Four bytes of each side, multiplied and added up. */
  dotBytes(left: Expr, right: Expr, signed: boolean): Expr {
    return this.#bind({ kind: "dotBytes", type: { scalar: "i32", width: 1 }, signed, left, right });
  }

  set(memory: Memory, index: Expr | undefined, value: Expr): void {
    const wide = this.#widen(value, memory.type.width);
    this.#push({ kind: "set", memory: memory.name, ...(index === undefined ? {} : { index }), value: wide });
  }

  /** Writes a counted loop. The body is given the index. */
  loop(range: { from: Expr; to: Expr; step?: number; label?: string }, body: (index: Expr) => void): void {
    const { from, to, step = 1, label = "i" } = range;
    const name = this.fresh(label);
    const uniform = this.isUniform(from) && this.isUniform(to);
    const divisor = Math.min(this.divisorOf(from), this.divisorOf(this.int(step)));
    this.#names.set(name, { depth: this.depth + 1, uniform, divisor });
    const statements = this.#nested(false, () =>
      body({ kind: "name", type: { scalar: "i32", width: 1 }, name }),
    );
    if (statements.length > 0) this.#push({ kind: "for", index: name, from, to, step, body: statements });
  }

  branch(condition: Expr, uniform: boolean, arms: { whenTrue: () => void; whenFalse?: () => void }): void {
    const known = constantOf(condition);
    if (known !== undefined) return this.#inline(known === 0 ? arms.whenFalse : arms.whenTrue);
    const whenTrue = this.#nested(true, arms.whenTrue);
    const whenFalse = arms.whenFalse === undefined ? [] : this.#nested(true, arms.whenFalse);
    if (whenTrue.length + whenFalse.length > 0)
      this.#push({ kind: "if", condition, uniform, whenTrue, whenFalse });
  }

  /** Changes an element of a buffer at once, and gives what stood there. */
  atomic(
    memory: Memory,
    change: {
      readonly op: AtomicName;
      readonly index: Expr;
      readonly value: Expr;
      readonly compare?: Expr | undefined;
    },
  ): Expr {
    const name = this.fresh(this.hint);
    const { op, index, value, compare } = change;
    this.#names.set(name, { depth: this.depth, uniform: false, divisor: 1 });
    const { type } = memory;
    const given = compare === undefined ? {} : { compare };
    this.#push({ kind: "atomic", name, type, op, memory: memory.name, index, value, ...given });
    return { kind: "name", type, name };
  }

  message(record: {
    readonly site: number;
    readonly moment: Expr;
    readonly visit: Expr;
    readonly place: Expr;
    readonly bits: Expr;
  }): void {
    this.#push({ kind: "message", ...record });
  }

  fail(failure: { readonly site: number; readonly moment: Expr; readonly place: Expr }): void {
    this.#push({ kind: "fail", ...failure });
  }

  conclude(): void {
    this.#push({ kind: "conclude" });
  }

  /** Leaves the loop being written unless the condition, which is uniform, holds. */
  leaveUnless(condition: Expr): void {
    this.#push({ kind: "leaveUnless", condition });
  }

  /** Orders what the workgroup's threads do to storage buffers before and after. */
  storageBarrier(): void {
    this.#push({ kind: "barrier", space: "storage" });
  }

  /** A scalar that differs for no thread, in a form that WGSL's uniformity analysis accepts. */
  agree(value: Expr, thread: Expr): Expr {
    if (this.isUniform(value)) return value;
    const type = value.type;
    const memory = this.declare({
      name: "agreed",
      space: "workgroup",
      type,
      length: 0,
      purpose: "a loop bound",
    });
    const first = this.binary("eq", thread, this.int(0));
    this.branch(first, false, { whenTrue: () => this.set(memory, undefined, value) });
    return this.agreed(memory);
  }

  /** What one thread put into a variable of the workgroup, the same for all from here on. */
  agreed(memory: Memory): Expr {
    const { type } = memory;
    const name = this.fresh("agreed");
    this.#names.set(name, { depth: this.depth, uniform: true, divisor: 1 });
    this.#push({ kind: "agree", name, type, memory: memory.name });
    return { kind: "name", type, name };
  }

  /** Whether a lane of a mask is known to be false. */
  isFalse(mask: Expr | undefined, lane: number): boolean {
    return mask !== undefined && constantLanes(mask, this.#define)?.[lane] === 0;
  }

  readonly #define = (name: string): Expr | undefined => this.#names.get(name)?.definition;

  #equalWidths(a: Expr, b: Expr): [Expr, Expr] {
    const width = Math.max(a.type.width, b.type.width) === 4 ? 4 : 1;
    return [this.#widen(a, width), this.#widen(b, width)];
  }

  #widen(input: Expr, width: 1 | 4): Expr {
    if (input.type.width === width) return input;
    return { kind: "splat", type: { ...input.type, width: 4 }, input };
  }

  #rebuild(expr: Extract<Expr, { kind: "binary" }>): Expr {
    const left = expr.left.kind === "binary" ? this.#rebuild(expr.left) : expr.left;
    const right = expr.right.kind === "binary" ? this.#rebuild(expr.right) : expr.right;
    return this.#bind({ ...expr, left, right });
  }

  #bind(expr: Expr, since: Moment = { depth: 0, version: 0 }): Expr {
    const home = this.#homeOf(expr, since);
    const key = `${since.version}:${keyOf(expr)}`;
    for (let depth = this.depth; depth >= 0; depth--) {
      const known = this.#scope(depth).known.get(key);
      if (known !== undefined) return known;
    }
    const name = this.fresh(this.hint);
    const scope = this.#scope(home);
    const bound: Expr = { kind: "name", type: expr.type, name };
    scope.known.set(key, bound);
    scope.statements.push({ kind: "let", name, value: expr, ...this.#here() });
    const divisor = expr.type.scalar === "i32" && expr.type.width === 1 ? this.divisorOf(expr) : 1;
    this.#names.set(name, { depth: home, uniform: this.isUniform(expr), divisor, definition: expr });
    return bound;
  }

  #homeOf(expr: Expr, since: Moment): number {
    let home = since.depth;
    walkExpr(expr, (part) => {
      if (part.kind === "name") home = Math.max(home, this.#names.get(part.name)?.depth ?? 0);
    });
    for (let depth = this.depth; depth > home; depth--) if (this.#scope(depth).branch) home = depth;
    return home;
  }

  #push(statement: WithoutSpan<Statement>): void {
    this.#scope(this.depth).statements.push({ ...statement, ...this.#here() });
  }

  #nested(branch: boolean, write: () => void): readonly Statement[] {
    const scope: Scope = { statements: [], known: new Map(), branch };
    const span = this.span;
    this.#scopes.push(scope);
    write();
    this.#scopes.pop();
    this.span = span;
    return scope.statements;
  }

  /** In the block being written: of a branch that is known, only what is taken is written. */
  #inline(write: (() => void) | undefined): void {
    const { span } = this;
    write?.();
    this.span = span;
  }

  #scope(depth: number): Scope {
    const scope = this.#scopes[depth];
    if (scope === undefined) throw new Fault("internal/scope", `no block at depth ${depth}`);
    return scope;
  }

  #here(): { readonly span?: Span } {
    return this.span === undefined ? {} : { span: this.span };
  }
}

const comparing: ReadonlySet<ThreadBinary> = new Set(compareNames);

/** A label as WGSL takes it. */
function cleanName(label: string): string {
  const clean = label
    .replaceAll(/[^A-Za-z0-9_]/g, "")
    .replace(/^[_0-9]+/, "")
    .slice(0, 40);
  return clean === "" ? "v" : clean;
}

/** One text per meaning: equal keys compute equal values. */
function keyOf(expr: Expr): string {
  const { scalar, width } = expr.type;
  switch (expr.kind) {
    case "const":
      return `${Object.is(expr.value, -0) ? "-0" : expr.value}:${scalar}`;
    case "name":
      return expr.name;
    case "unary":
      return `${expr.op}(${keyOf(expr.input)})`;
    case "binary":
      return `${expr.op}(${keyOf(expr.left)},${keyOf(expr.right)})`;
    case "select":
      return `select(${keyOf(expr.condition)},${keyOf(expr.yes)},${keyOf(expr.no)})`;
    case "convert":
    case "bitcast":
    case "half":
    case "splat":
      return `${expr.kind}:${scalar}${width}(${keyOf(expr.input)})`;
    case "pack":
      return `pack(${expr.parts.map(keyOf).join(",")})`;
    case "matrix":
      return `matrix(${expr.parts.map(keyOf).join(",")})`;
    case "transform":
      return `transform(${keyOf(expr.matrix)},${keyOf(expr.input)})`;
    case "shuffle":
      return `shuffle${expr.bit}(${keyOf(expr.input)})`;
    case "broadcast":
      return `broadcast${expr.from}(${keyOf(expr.input)})`;
    case "lane":
      return `${keyOf(expr.input)}.${keyOf(expr.index)}`;
    case "word":
      return `word:${expr.memory}[${keyOf(expr.index)}]`;
    case "dotBytes":
      return `dot${expr.signed ? "i8" : "u8"}(${keyOf(expr.left)},${keyOf(expr.right)})`;
    case "read":
      return `${expr.memory}[${expr.index === undefined ? "" : keyOf(expr.index)}]`;
  }
}
