import { compareNames } from "@tilebook/ir";
import type { Target } from "../program.ts";
import { exactOperands, findHalves, type Halves, type NativeOp } from "./halves.ts";
import type { Expr, Memory, Statement, ThreadKernel } from "./ir.ts";
import { constantLike, constantOf } from "./simplify.ts";
import { expressionsOf, mapOperands, mapStatement, walkExpr, walkStatements } from "./walk.ts";

/**
 * Where the device has f16: buffers of f16 are read and written as they are, and sums, differences and products of halves
 * that are rounded to halves are taken by the device's own. A name that is wanted as a half is bound twice, as a half and
 * as an f32: `dropDead` keeps what is used. Everything else goes on in f32.
 */
export function nativeHalves(kernel: ThreadKernel, target: Target): ThreadKernel {
  if (!target.f16 || !hasHalves(kernel)) return kernel;
  return new Rewriter(kernel, target.processor === true ? dearOnProcessors : none).run();
}

/** A processor has no halves of its own: it widens them, and with NaNs to mind lavapipe's `min` and `max` took 1.7 times as long. */
const dearOnProcessors: ReadonlySet<string> = new Set(["min", "max"]);
const none: ReadonlySet<string> = new Set();

function hasHalves({ memories, body }: ThreadKernel): boolean {
  let found = memories.some(({ dtype }) => dtype === "f16");
  walkStatements(body, (statement) => {
    for (const root of expressionsOf(statement)) walkExpr(root, ({ kind }) => (found ||= kind === "half"));
  });
  return found;
}

const asHalf = <E extends Expr>(expr: E): E => ({ ...expr, type: { ...expr.type, scalar: "f16" } });

const converted = (input: Expr, scalar: "f32" | "f16"): Expr => ({
  kind: "convert",
  type: { ...input.type, scalar },
  input,
});

const comparing: ReadonlySet<string> = new Set(compareNames);

class Rewriter {
  readonly #kernel: ThreadKernel;
  readonly #halves: Halves;
  readonly #narrow: ReadonlySet<string>;
  /** Ops that are taken in f32, though they make halves of halves. */
  readonly #wide: ReadonlySet<string>;

  constructor(kernel: ThreadKernel, wide: ReadonlySet<string>) {
    this.#kernel = kernel;
    this.#wide = wide;
    this.#halves = findHalves(kernel, wide);
    const { wanted } = this.#halves;
    this.#narrow = new Set(kernel.memories.map(({ name }) => name).filter((name) => wanted.has(name)));
  }

  run(): ThreadKernel {
    const { memories, body } = this.#kernel;
    const own = (memory: Memory): Memory => (this.#narrow.has(memory.name) ? asHalfMemory(memory) : memory);
    return { ...this.#kernel, memories: memories.map(own), body: this.#block(body) };
  }

  #block(block: readonly Statement[]): readonly Statement[] {
    return block.flatMap((statement) => this.#statement(statement));
  }

  #statement(statement: Statement): readonly Statement[] {
    if (statement.kind === "let" && this.#isBoundAsHalf(statement.name, statement.value)) {
      const half = this.#half(statement.value);
      const name: Expr = { kind: "name", type: half.type, name: halfName(statement.name) };
      return [
        { ...statement, name: name.name, value: half },
        { ...statement, value: converted(name, "f32") },
      ];
    }
    const mapped = mapStatement(statement, {
      expr: (expr) => this.#float(expr),
      block: (block) => this.#block(block),
    });
    if (mapped.kind !== "set" || statement.kind !== "set" || !this.#narrow.has(statement.memory))
      return [mapped];
    return [{ ...mapped, value: this.#half(statement.value) }];
  }

  #isBoundAsHalf(name: string, value: Expr): boolean {
    return this.#halves.wanted.has(name) && this.#halves.isHalf(value);
  }

  /** The value as it is everywhere else: what is a half inside is widened. */
  #float(expr: Expr): Expr {
    if (expr.kind === "read" && this.#narrow.has(expr.memory)) return converted(this.#half(expr), "f32");
    if (expr.kind === "half") return converted(this.#half(expr), "f32");
    if (expr.kind === "binary" && comparing.has(expr.op) && this.#isAtHand(expr.left, expr.right))
      return { ...expr, left: this.#half(expr.left), right: this.#half(expr.right) };
    return mapOperands(expr, (operand) => this.#float(operand));
  }

  /** A value that is a half, as an f16. */
  #half(expr: Expr): Expr {
    const { isHalf, nativeOf, wanted } = this.#halves;
    const isWide = expr.kind === "binary" && this.#wide.has(expr.op);
    if (isWide || !isHalf(expr)) return converted(this.#float(expr), "f16");
    if (expr.kind === "half") return this.#rounded(expr, nativeOf(expr));
    if (expr.kind === "name")
      return wanted.has(expr.name) ? { ...asHalf(expr), name: halfName(expr.name) } : converted(expr, "f16");
    if (expr.kind === "read" && !this.#narrow.has(expr.memory)) return converted(this.#float(expr), "f16");
    const halves = exactOperands(expr);
    return asHalf(
      mapOperands(expr, (operand) => (halves.includes(operand) ? this.#half(operand) : this.#float(operand))),
    );
  }

  #rounded({ type, input }: Extract<Expr, { kind: "half" }>, op: NativeOp | undefined): Expr {
    const known = constantOf(input);
    // WGSL refuses constants that no f16 can hold; of such a value an infinity is made here.
    if (known !== undefined) return constantLike({ ...type, scalar: "f16" }, known);
    if (op === undefined) return converted(this.#float(input), "f16");
    return asHalf({ ...op, left: this.#half(op.left), right: this.#half(op.right) });
  }

  /** Both are halves that need not be made for this. */
  #isAtHand(...sides: readonly Expr[]): boolean {
    const { wanted } = this.#halves;
    const isConstant = (side: Expr): boolean =>
      side.kind === "const" || (side.kind === "splat" && isConstant(side.input));
    const isName = (side: Expr): boolean => side.kind === "name" && wanted.has(side.name);
    return (
      sides.every((side) => this.#halves.isHalf(side) && (isConstant(side) || isName(side))) &&
      sides.some(isName)
    );
  }
}

function asHalfMemory(memory: Memory): Memory {
  return { ...memory, type: { ...memory.type, scalar: "f16" } };
}

function halfName(name: string): string {
  return `${name}_half`;
}
