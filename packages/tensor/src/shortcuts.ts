import type { Expr } from "./expr.ts";
import { inOrder } from "./graph.ts";

/** What a run computes, where some values are made without the steps that they were written in. */
export interface Shortened {
  readonly order: readonly Expr[];
  /** Of some of them, new expressions of the same value. */
  readonly instead: ReadonlyMap<Expr, Expr>;
}

/** Takes the shortcuts of values whose steps nobody else reads: not `roots`, and not another one of `order`. */
export function shortened(order: readonly Expr[], roots: readonly Expr[]): Shortened {
  const candidates = order.filter(({ ready, recipe }) => !ready && recipe?.shortcut !== undefined);
  if (candidates.length === 0) return { order, instead: new Map() };
  const readers = readersIn(order, roots);
  const skipped = new Set<Expr>();
  const instead = new Map<Expr, Expr>();
  for (const expr of candidates) {
    const steps = stepsOf(expr);
    const isOwn = (step: Expr): boolean =>
      !step.ready &&
      (readers.get(step) ?? []).every((reader) => reader === expr || steps.has(reader as Expr));
    const taken: Expr[] = [];
    const takes = (input: Expr): boolean => {
      const isAlone =
        instead.has(input) && (readers.get(input) ?? []).every((reader) => steps.has(reader as Expr));
      if (isAlone) taken.push(input);
      return isAlone;
    };
    const made = [...steps].every(isOwn) ? expr.recipe?.shortcut?.(takes) : undefined;
    if (made === undefined) continue;
    instead.set(expr, made);
    for (const input of taken) instead.delete(input);
    for (const step of [...steps, ...taken]) skipped.add(step);
  }
  const there = new Set(order);
  const made = (expr: Expr): readonly Expr[] => {
    const other = instead.get(expr);
    return other === undefined ? expr.inputs : [other];
  };
  const isOld = (expr: Expr): boolean => there.has(expr) && !instead.has(expr);
  const kept = order.filter((expr) => !skipped.has(expr));
  return { order: inOrder(kept, isOld, made), instead };
}

/** Who reads what; a root is read by nobody in the run, and yet read. */
function readersIn(
  order: readonly Expr[],
  roots: readonly Expr[],
): ReadonlyMap<Expr, readonly (Expr | "root")[]> {
  const readers = new Map<Expr, (Expr | "root")[]>(roots.map((root) => [root, ["root"]]));
  for (const reader of order)
    for (const input of reader.inputs) readers.set(input, [...(readers.get(input) ?? []), reader]);
  return readers;
}

/** Everything behind an expression up to launches, those included. */
function stepsOf(expr: Expr): ReadonlySet<Expr> {
  return new Set(inOrder(expr.inputs, ({ results }) => results.length > 0));
}
