import type { Expr, Statement, ThreadKernel, ThreadType } from "./thread/ir.ts";
import { expressionsOf, walkExpr } from "./thread/walk.ts";

/**
 * The most 4-byte values that one thread holds at once: the names that are still wanted, and its memories. An estimate, since
 * the device's own compiler reorders, computes again and spills; numbers that are the same for the whole launch are not
 * counted, they have registers of their own.
 */
export function registerPressure({ memories, body }: ThreadKernel): number {
  const own = memories.filter(({ space }) => space === "function");
  const held = own.reduce((sum, { length, type }) => sum + Math.max(1, length) * widthOf(type), 0);
  const widths = new Map<string, number>();
  collectWidths(body, widths);
  const live = new Live(widths);
  walkBack(body, live);
  return held + live.most;
}

function collectWidths(body: readonly Statement[], widths: Map<string, number>): void {
  for (const statement of body) {
    if (statement.kind === "let") widths.set(statement.name, widthOf(statement.value.type));
    else if (statement.kind === "atomic" || statement.kind === "agree")
      widths.set(statement.name, statement.type.width);
    else if (statement.kind === "for") {
      widths.set(statement.index, 1);
      collectWidths(statement.body, widths);
    } else if (statement.kind === "if") {
      collectWidths(statement.whenTrue, widths);
      collectWidths(statement.whenFalse, widths);
    }
  }
}

function widthOf({ scalar, width, columns }: ThreadType): number {
  return Math.ceil((width * (columns ?? 1)) / (scalar === "f16" ? 2 : 1));
}

/** The names that are wanted from here on. */
class Live {
  most = 0;
  readonly #widths: ReadonlyMap<string, number>;
  readonly #names = new Set<string>();
  #sum = 0;

  constructor(widths: ReadonlyMap<string, number>) {
    this.#widths = widths;
  }

  want(name: string): void {
    const width = this.#widths.get(name);
    if (width === undefined || this.#names.has(name)) return;
    this.#names.add(name);
    this.#sum += width;
    if (this.#sum > this.most) this.most = this.#sum;
  }

  make(name: string): void {
    // Also what nobody reads is held for a moment.
    this.want(name);
    if (this.#names.delete(name)) this.#sum -= this.#widths.get(name) ?? 0;
  }

  wantAll(expr: Expr): void {
    walkExpr(expr, (part) => {
      if (part.kind === "name") this.want(part.name);
    });
  }
}

/** From the last statement to the first. */
function walkBack(body: readonly Statement[], live: Live): void {
  for (let at = body.length - 1; at >= 0; at--) {
    const statement = body[at];
    if (statement === undefined) continue;
    if (statement.kind === "let" || statement.kind === "atomic" || statement.kind === "agree")
      live.make(statement.name);
    if (statement.kind === "for") {
      // What the body reads from outside is wanted in every turn, so to the body's end.
      wantFree(statement.body, live, new Set([statement.index]));
      live.want(statement.index);
      walkBack(statement.body, live);
      live.make(statement.index);
    }
    if (statement.kind === "if") {
      walkBack(statement.whenFalse, live);
      walkBack(statement.whenTrue, live);
    }
    for (const expr of expressionsOf(statement)) live.wantAll(expr);
  }
}

function wantFree(body: readonly Statement[], live: Live, inside: Set<string>): void {
  for (const statement of body) {
    for (const expr of expressionsOf(statement))
      walkExpr(expr, (part) => {
        if (part.kind === "name" && !inside.has(part.name)) live.want(part.name);
      });
    if (statement.kind === "let" || statement.kind === "atomic" || statement.kind === "agree")
      inside.add(statement.name);
    if (statement.kind === "for") wantFree(statement.body, live, inside.add(statement.index));
    if (statement.kind === "if") {
      wantFree(statement.whenTrue, live, inside);
      wantFree(statement.whenFalse, live, inside);
    }
  }
}
