import type { Origin } from "@tilebook/base";
import type { Expr, Memory, Statement, ThreadKernel, ThreadType } from "./ir.ts";

/** Text whose lines know where they come from. */
export interface LinedText {
  readonly text: string;
  readonly spans: readonly (Origin | undefined)[];
}

/** Collects lines and their spans. */
export class Lines {
  readonly #lines: string[] = [];
  readonly #spans: (Origin | undefined)[] = [];

  add(depth: number, text: string, span?: Origin): void {
    this.#lines.push(`${"  ".repeat(depth)}${text}`);
    this.#spans.push(span);
  }

  finish(): LinedText {
    return { text: `${this.#lines.join("\n")}\n`, spans: [...this.#spans, undefined] };
  }
}

/** Thread IR as text, for people and for tests. */
export function printThreads(kernel: ThreadKernel): LinedText {
  const lines = new Lines();
  lines.add(0, `kernel ${kernel.name} on ${kernel.workgroupSize} threads`, kernel.span);
  for (const memory of kernel.memories) lines.add(1, showMemory(memory), memory.span ?? kernel.span);
  printBlock(kernel.body, 1, lines);
  return lines.finish();
}

function showMemory(memory: Memory): string {
  const wide = memory.dtype !== undefined && memory.type.width === 4 ? "x4" : "";
  const type = memory.dtype === undefined ? showType(memory.type) : `${memory.dtype}${wide}`;
  const count = memory.length === 0 ? "" : ` x ${memory.length}`;
  const place = memory.offset === undefined ? "" : ` at ${memory.offset}`;
  return `${memory.space} ${memory.name}: ${type}${count}${place}`;
}

function printBlock(block: readonly Statement[], depth: number, lines: Lines): void {
  for (const statement of block) printStatement(statement, depth, lines);
}

function printStatement(statement: Statement, depth: number, lines: Lines): void {
  const { span } = statement;
  switch (statement.kind) {
    case "let":
      return lines.add(depth, `${statement.name} = ${showExpr(statement.value)}`, span);
    case "set": {
      const index = statement.index === undefined ? "" : `[${showExpr(statement.index)}]`;
      return lines.add(depth, `${statement.memory}${index} := ${showExpr(statement.value)}`, span);
    }
    case "for": {
      const range = `${showExpr(statement.from)} .. ${showExpr(statement.to)} by ${statement.step}`;
      lines.add(depth, `for ${statement.index} in ${range}`, span);
      return printBlock(statement.body, depth + 1, lines);
    }
    case "if":
      lines.add(depth, `if ${showExpr(statement.condition)}${statement.uniform ? " (uniform)" : ""}`, span);
      printBlock(statement.whenTrue, depth + 1, lines);
      if (statement.whenFalse.length === 0) return;
      lines.add(depth, "else", span);
      return printBlock(statement.whenFalse, depth + 1, lines);
    case "leaveUnless":
      return lines.add(depth, `leave unless ${showExpr(statement.condition)}`, span);
    case "atomic": {
      const { op, memory, index, value, compare } = statement;
      const given = [value, ...(compare === undefined ? [] : [compare])].map(showExpr).join(", ");
      return lines.add(
        depth,
        `${statement.name} = atomic ${op} ${memory}[${showExpr(index)}], ${given}`,
        span,
      );
    }
    case "message": {
      const { moment, visit, place, bits } = statement;
      const parts = [moment, visit, place, bits].map(showExpr).join(", ");
      return lines.add(depth, `message ${statement.site}: ${parts}`, span);
    }
    case "fail": {
      const parts = [statement.moment, statement.place].map(showExpr).join(", ");
      return lines.add(depth, `fail ${statement.site}: ${parts}`, span);
    }
    case "conclude":
      return lines.add(depth, "conclude", span);
    case "barrier":
      return lines.add(depth, `barrier ${statement.space}`, span);
    case "agree":
      return lines.add(depth, `${statement.name} = agree(${statement.memory})`, span);
  }
}

export function showExpr(expr: Expr): string {
  switch (expr.kind) {
    case "const":
      return `${expr.value}`;
    case "name":
      return expr.name;
    case "unary":
      return `${expr.op}(${showExpr(expr.input)})`;
    case "binary":
      return `${expr.op}(${showExpr(expr.left)}, ${showExpr(expr.right)})`;
    case "select":
      return `select(${showExpr(expr.condition)}, ${showExpr(expr.yes)}, ${showExpr(expr.no)})`;
    case "convert":
      return `${showType(expr.type)}(${showExpr(expr.input)})`;
    case "bitcast":
      return `bitcast ${showType(expr.type)}(${showExpr(expr.input)})`;
    case "half":
      return `half(${showExpr(expr.input)})`;
    case "splat":
      return `splat(${showExpr(expr.input)})`;
    case "matrix":
      return `matrix(${expr.parts.map(showExpr).join(", ")})`;
    case "transform":
      return `transform(${showExpr(expr.matrix)}, ${showExpr(expr.input)})`;
    case "pack":
      return `pack(${expr.parts.map(showExpr).join(", ")})`;
    case "lane":
      return `${showExpr(expr.input)}.${showExpr(expr.index)}`;
    case "shuffle":
      return `shuffle(${showExpr(expr.input)}, ${expr.bit})`;
    case "broadcast":
      return `broadcast(${showExpr(expr.input)}, ${expr.from})`;
    case "word":
      return `word(${expr.memory}[${showExpr(expr.index)}])`;
    case "dotBytes":
      return `dot ${expr.signed ? "i8" : "u8"}x4(${showExpr(expr.left)}, ${showExpr(expr.right)})`;
    case "read":
      return expr.index === undefined ? expr.memory : `${expr.memory}[${showExpr(expr.index)}]`;
  }
}

function showType(type: ThreadType): string {
  const vector = type.width === 1 ? type.scalar : `${type.scalar}x4`;
  return type.columns === undefined ? vector : `${vector}x4`;
}
