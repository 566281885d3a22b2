import type { Span } from "@tilebook/base";
import type { Expr } from "./expr.ts";

/** Longest row of computed ancestors a value remembers. A training loop must not remember its first step. */
const MOST_GENERATIONS = 16;

/**
 * Counts who needs each expression, and frees buffers nobody needs.
 *
 *   holds    tensors, readers never computed, runs under way -> keep the value
 *   history  readers computed at least once                  -> keep the recipe, and data that has none
 *
 * No holds: a computed value with a recipe loses its buffer. Neither: the expression lets go of its inputs.
 * What is kept in the place of a value is held as long as that is needed, computed or not.
 */
export class Lifetimes {
  readonly #free: (handle: string) => void;

  constructor(free: (handle: string) => void) {
    this.#free = free;
  }

  /** Takes the new expressions at and behind `expr` in: they hold their inputs and stand at `span`, unless they stand elsewhere. */
  adopt(expr: Expr, span: Span | undefined): void {
    const stack = [expr];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next.adopted) continue;
      next.adopted = true;
      next.span ??= span;
      for (const input of [...next.inputs, ...next.planes]) {
        input.holds += 1;
        stack.push(input);
      }
    }
  }

  hold(expr: Expr): void {
    expr.holds += 1;
  }

  release(expr: Expr): void {
    expr.holds -= 1;
    this.#sweep([expr]);
  }

  uploaded(expr: Expr, handle: string): void {
    expr.handle = handle;
    expr.bytes = undefined;
  }

  /** `expr` was computed: it needs its inputs no longer, it only remembers them. */
  computed(expr: Expr, handle: string): void {
    if (expr.handle !== undefined || expr.holds === 0) return this.#free(handle);
    expr.handle = handle;
    expr.generation += 1;
    if (expr.generation > MOST_GENERATIONS) this.forget(expr);
    else this.#remember(expr);
  }

  /**
   * `expr` was computed on the way to something else and not kept. It holds its inputs no longer: should it be asked
   * for after they were freed, the recipes make them again.
   */
  passed(expr: Expr): void {
    this.#remember(expr);
  }

  /** From now on `expr` is data, as if it had been uploaded. */
  forget(expr: Expr): void {
    expr.generation = 0;
    expr.cut = true;
    this.#sweep(letGo(expr));
  }

  #remember(expr: Expr): void {
    this.#sweep(remember(expr));
  }

  #sweep(exprs: readonly Expr[]): void {
    const stack = [...exprs];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next.holds > 0 || (next.recipe === undefined && next.history > 0)) continue;
      if (next.handle !== undefined) this.#free(next.handle);
      next.handle = undefined;
      next.bytes = undefined;
      stack.push(...(next.history > 0 ? [...remember(next), ...rememberPlanes(next)] : letGo(next)));
    }
  }
}

/** Turns the holds of an expression on its inputs into memories. Returns the inputs that changed. */
function remember(expr: Expr): readonly Expr[] {
  if (expr.remembers) return [];
  expr.remembers = true;
  for (const input of expr.inputs) {
    input.holds -= 1;
    input.history += 1;
  }
  return expr.inputs;
}

/** The same of what is kept in its place, once nobody needs the value. */
function rememberPlanes(expr: Expr): readonly Expr[] {
  if (expr.remembersPlanes) return [];
  expr.remembersPlanes = true;
  for (const plane of expr.planes) {
    plane.holds -= 1;
    plane.history += 1;
  }
  return expr.planes;
}

/** Drops the recipe and with it what it counted on its inputs. Returns them. */
function letGo(expr: Expr): readonly Expr[] {
  const { inputs, planes } = expr;
  for (const input of inputs) input[expr.remembers ? "history" : "holds"] -= 1;
  for (const plane of planes) plane[expr.remembersPlanes ? "history" : "holds"] -= 1;
  expr.recipe = undefined;
  return [...inputs, ...planes];
}
